import { AsyncLocalStorage } from 'node:async_hooks';

type Fail = (error: unknown) => void;

/** Whose work is being done. Everything that it starts, timers and promises too, belongs to it. */
const scope = new AsyncLocalStorage<Fail>();

/** Does something for a session. What it throws, now or later, ends that session (`fail`) and nothing else. */
export function doFor(fail: Fail, act: () => void): void {
  scope.run(fail, () => {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  });
}

/** For an error that nobody caught: ends the session whose work threw it. @returns false when it was no session's */
export function failOwner(error: unknown): boolean {
  const fail = scope.getStore();
  fail?.(error);
  return fail !== undefined;
}
