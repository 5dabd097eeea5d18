import { pino } from 'pino';
import { AppConfig } from '../../src/config/app-config.js';
import { validateEnv } from '../../src/config/load-env.js';
import type { Engine } from '../../src/whisper-worker/engine.js';
import { startWorker, type Worker } from '../../src/whisper-worker/worker.js';

/** A worker in this process on a free port. Close it. */
export function startTestWorker(env: Record<string, string> = {}, engine?: Engine): Promise<Worker> {
  const config = new AppConfig(
    validateEnv({ PROFILE: 'demo', WHISPER_WORKER_PORT: '0', SHUTDOWN_GRACE_MS: '2000', ...env }),
  );
  return startWorker(config, pino({ level: 'silent' }), engine);
}
