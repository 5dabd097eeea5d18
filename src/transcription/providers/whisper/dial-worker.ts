import { InvalidInputError, OverloadedError } from '../../../common/errors/caller-errors.js';
import type { Hello } from '../../../whisper-protocol/messages.js';
import type {
  WhisperWorkerClient,
  WorkerConnection,
  WorkerConnectionListener,
} from './whisper-worker.client.js';
import type { WorkerPool } from './worker-pool.js';

export interface DialledWorker {
  address: string;
  connection: WorkerConnection;
  /** To be called when the session has left the worker. */
  leave: () => void;
}

/**
 * Tries the workers of the pool, the best first, until one takes the session.
 * @throws OverloadedError when a worker is full and no other one takes it
 * @throws WorkerUnavailableError when none can be reached
 * @throws InvalidInputError for options that the engine cannot honour
 */
export async function dialWorker(
  pool: WorkerPool,
  client: WhisperWorkerClient,
  hello: Omit<Hello, 'token'>,
  listener: WorkerConnectionListener,
): Promise<DialledWorker> {
  let refusal: unknown;
  for (const address of pool.candidates()) {
    // Counted before it is answered: many sessions that dial at once do not all take the same worker for the least loaded.
    const dialled = pool.dialling(address);
    try {
      const connection = await client.connect(address, { ...hello, token: pool.token }, listener);
      return { address, connection, leave: pool.joined(address) };
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      if (error instanceof OverloadedError) pool.full(address, error.retryAfterMs ?? 0);
      else pool.lost(address, 'unreachable');
      if (!(refusal instanceof OverloadedError)) refusal = error;
    } finally {
      dialled();
    }
  }
  throw refusal;
}

export function hangUp({ connection, leave }: DialledWorker): void {
  connection.close();
  leave();
}
