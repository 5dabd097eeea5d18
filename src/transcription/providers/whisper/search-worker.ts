import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { LinkedAbort } from '../../../common/streams/linked-abort.js';
import type { WorkerPool } from './worker-pool.js';

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2_000;

export interface WorkerSearch {
  pool: WorkerPool;
  /** Tries each worker once. */
  dial: () => Promise<void>;
  /** A new session is refused at once when all workers are full; a running one waits for a place. */
  isNew: boolean;
  limitMs: number;
  /** While this is true, the limit does not count. */
  isPatient: () => boolean;
  /** Gives the search up. */
  signal: AbortSignal;
}

/** Dials until a worker takes the session. @throws what the last try threw */
export async function searchWorker(search: WorkerSearch): Promise<void> {
  const { dial, isNew, limitMs, isPatient, signal } = search;
  let deadline = performance.now() + limitMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await dial();
    } catch (error) {
      const isUnavailable = error instanceof WorkerUnavailableError;
      if (error instanceof InvalidInputError || (isNew && !isUnavailable)) throw error;
      const delayMs = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MOST_MS);
      if (isPatient()) deadline = performance.now() + limitMs;
      else if (performance.now() + delayMs > deadline) throw error;
      if (signal.aborted) throw error;
      await nextTry(search, delayMs, isUnavailable);
    }
  }
}

/** After the delay, or as soon as there is a worker where there was none. */
async function nextTry(
  { pool, signal }: WorkerSearch,
  delayMs: number,
  isWorkerAwaited: boolean,
): Promise<void> {
  const waiting = new LinkedAbort(signal);
  const stop = isWorkerAwaited ? pool.onPlace(() => waiting.abort()) : undefined;
  try {
    await sleep(delayMs, undefined, { signal: waiting.signal });
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    stop?.();
    waiting.unlink();
  }
}
