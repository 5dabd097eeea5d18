import type { ComponentHealth } from '../../../health/health-registry.js';

/** Where Whisper workers are: one that we run ourselves, or addresses from the configuration. */
export interface WorkerPool {
  /** Shared secret of the hello. */
  readonly token: string;

  /**
   * The address to try next.
   * @throws WorkerUnavailableError when none can be named now
   */
  address(): string;

  health(): Promise<ComponentHealth>;
}

export const WORKER_POOL = Symbol('WORKER_POOL');
