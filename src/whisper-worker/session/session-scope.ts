import { AsyncLocalStorage } from 'node:async_hooks';

type Fail = (error: unknown) => void;

/** The session whose work runs now. Timers and promises that it starts belong to it too. */
const scope = new AsyncLocalStorage<Fail>();

/** Runs `act` for a session. An error that it throws, now or later, ends that session (`fail`) and nothing else. */
export function doFor(fail: Fail, act: () => void): void {
  scope.run(fail, () => {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  });
}

/** Ends the session whose work threw an uncaught error. @returns false when no session threw it */
export function failOwner(error: unknown): boolean {
  const fail = scope.getStore();
  fail?.(error);
  return fail !== undefined;
}
