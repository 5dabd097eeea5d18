import { pino } from 'pino';
import { readSlices } from '../../src/config/read-slices.js';
import type { Engine } from '../../src/whisper-worker/engine.js';
import { createLocalEngine } from '../../src/whisper-worker/engines/create-local-engine.js';
import { WORKER_SLICES, type WorkerProcessConfig } from '../../src/whisper-worker/worker.config.js';
import { startWorker, type GivenParts, type Worker } from '../../src/whisper-worker/worker.js';
import { SIXTY_WORDS } from './sixty-words.js';

function workerConfig(env: Record<string, string>): WorkerProcessConfig {
  return readSlices(WORKER_SLICES, {
    PROFILE: 'demo',
    ...(env.WHISPER_ENGINE === undefined && { WHISPER_MODEL: SIXTY_WORDS }),
    WHISPER_WORKER_PORT: '0',
    SHUTDOWN_GRACE_MS: '2000',
    WHISPER_LANES: '2',
    ...env,
  });
}

/** A worker on a free port whose engine runs in this process. Close it. */
export function startTestWorker(env: Record<string, string> = {}, engine?: Engine): Promise<Worker> {
  const config = workerConfig(env);
  return startWorker(config, pino({ level: 'silent' }), {
    engine: engine ?? createLocalEngine(config.worker),
  });
}

/** A worker on a free port with engine host processes, as in production. Close it. */
export function startHostedWorker(env: Record<string, string> = {}, given: GivenParts = {}): Promise<Worker> {
  return startWorker(workerConfig(env), pino({ level: 'silent' }), given);
}
