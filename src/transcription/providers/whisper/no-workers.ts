import { ProviderUnconfiguredError } from '../../../common/errors/provider-errors.js';
import type { ComponentHealth } from '../../../health/health-registry.js';
import type { WorkerPool } from './worker-pool.js';

/** Transcription is switched on and no worker is configured. */
export class NoWorkers implements WorkerPool {
  readonly token = '';

  candidates(): string[] {
    throw new ProviderUnconfiguredError(
      'Live transcription is not configured: set WHISPER_MODEL or WHISPER_WORKERS.',
    );
  }

  dialling(): () => void {
    return () => undefined;
  }

  joined(): () => void {
    return () => undefined;
  }

  full(): void {
    // There is none.
  }

  lost(): void {
    // There is none.
  }

  onPlace(): () => void {
    return () => undefined;
  }

  async health(): Promise<ComponentHealth> {
    return { status: 'unconfigured', provider: null };
  }
}
