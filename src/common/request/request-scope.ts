import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What is known of the request, or the socket event, that some work was begun for. Work that goes on after it, such as a run or a live
 * session, keeps the scope of the request that began it.
 */
export interface RequestScope {
  readonly requestId: string;
  /** On the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
  /** What it is for, once that is known: the scope that its route or event needs. */
  feature?: string;
  /** When a provider was first called for it. */
  providerCalledAtMs?: number;
  /** When that provider gave its first byte or token. */
  providerAnsweredAtMs?: number;
}

const storage = new AsyncLocalStorage<RequestScope>();

export function runInRequest<Result>(scope: RequestScope, work: () => Result): Result {
  return storage.run(scope, work);
}

export function currentRequest(): RequestScope | undefined {
  return storage.getStore();
}

/** For log entries and errors; null outside of any request. */
export function currentRequestId(): string | null {
  return storage.getStore()?.requestId ?? null;
}
