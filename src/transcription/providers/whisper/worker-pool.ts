import type { ComponentHealth } from '../../../health/health-registry.js';
import type { WorkerHealth } from './worker-health.js';

/** How a connection to a worker ended, or why there was none. */
export type WorkerLoss = 'unreachable' | 'lost' | 'restarting' | 'failed';

/** Where Whisper workers are: one that we run ourselves, or those that the configuration names. */
export interface WorkerPool {
  /** Shared secret of the hello. */
  readonly token: string;

  /**
   * The addresses to try now, the best first; never empty.
   * @throws WorkerUnavailableError when none can be named now
   * @throws OverloadedError when all of them said lately that they are full
   */
  candidates(): string[];

  /** A session is going to dial this worker: it counts as one there until the result is called. */
  dialling(address: string): () => void;

  /** A session was let in. Call the result when it has left. */
  joined(address: string): () => void;

  /** The worker said that it is full. */
  full(address: string, retryAfterMs: number): void;

  /** A worker could not be reached, or a session lost it. */
  lost(address: string, how: WorkerLoss): void;

  /** Called whenever there may be a place again. The result ends that. */
  onPlace(listener: () => void): () => void;

  health(): Promise<ComponentHealth>;

  /** What a worker that is ready says of itself; undefined while none is. */
  ready(): Promise<WorkerHealth | undefined>;
}

export const WORKER_POOL = Symbol('WORKER_POOL');
