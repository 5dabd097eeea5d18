import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import type { AppConfig } from '../../../config/app-config.js';
import type { ComponentHealth } from '../../../health/health-registry.js';
import { askWorkerHealth } from './worker-health.js';
import type { WorkerPool } from './worker-pool.js';

/** Workers that somebody else runs, taken in turn. */
export class ConfiguredWorkers implements WorkerPool {
  readonly token: string;
  readonly #addresses: readonly string[];
  #next = 0;

  constructor({ transcription }: AppConfig) {
    this.token = transcription.token?.reveal() ?? '';
    this.#addresses = transcription.workers;
  }

  address(): string {
    const address = this.#addresses[this.#next % this.#addresses.length];
    if (address === undefined) throw new WorkerUnavailableError('No Whisper worker is configured.');
    this.#next += 1;
    return address;
  }

  async health(): Promise<ComponentHealth> {
    const states = await Promise.all(this.#addresses.map(askWorkerHealth));
    const ready = states.filter((state) => state !== undefined);
    return {
      status: ready.length > 0 ? 'ok' : 'down',
      provider: 'whisper',
      detail: { workers: this.#addresses.length, ready: ready.length, model: ready[0]?.model ?? null },
    };
  }
}
