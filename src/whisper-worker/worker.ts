import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { msToSamples } from '../common/audio/pcm.js';
import { isLoopback, type AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import type { Engine } from './engine.js';
import { createEngine } from './engines/create-engine.js';
import { Lanes } from './lanes/lanes.js';
import { SharedToken } from './server/shared-token.js';
import { WorkerServer } from './server/worker-server.js';
import { SessionFactory } from './session/session-factory.js';
import { DetectorPool } from './vad/detector-pool.js';
import { EnergyDetector } from './vad/energy-detector.js';
import { SileroDetector } from './vad/silero-detector.js';

/** Committed with the sources; see its README there. */
const SILERO_MODEL = fromProject('models/silero-vad/silero_vad_v6.onnx');
/** Audio a gateway may send ahead of the last ack. */
const WINDOW_MS = 10_000;
/** Undecided audio per session beyond which the worker stops reading: above any utterance, below the gateway's ring. */
const MAX_BACKLOG_MS = 45_000;

export interface Worker {
  port: number;
  readonly sessions: number;
  close(): Promise<void>;
}

/**
 * Starts a worker: engine, detector, server. Resolves when sessions are accepted.
 * @param engine instead of the configured one
 * @throws ConfigError when it must not or cannot run as configured
 */
export async function startWorker(
  config: AppConfig,
  logger: Logger,
  engine = engineOf(config),
): Promise<Worker> {
  const { worker, server: process, transcription } = config;
  if (worker.token === undefined && !isLoopback(worker.host)) {
    throw new ConfigError('WHISPER_WORKER_HOST is not a loopback address, so WHISPER_TOKEN must be set');
  }
  const detectors = new DetectorPool(detectorMaker(engine, worker.vad.threshold));
  detectors.warm();
  if (engine.languages.has(worker.language)) await engine.prepare(worker.language);
  const lanes = new Lanes(worker.lanes, worker.queueLimit);
  const factory = new SessionFactory(worker, engine, lanes, detectors);
  const settings = {
    worker: randomUUID(),
    model: engine.model,
    helloTimeoutMs: transcription.connectTimeoutMs,
    windowSamples: msToSamples(WINDOW_MS),
    maxBacklogSamples: msToSamples(MAX_BACKLOG_MS),
    maxSessions: worker.maxSessions,
  };
  const describe = (): { engine: string; freeLanes: number } => ({
    engine: engine.name,
    freeLanes: lanes.free,
  });
  const server = new WorkerServer(settings, new SharedToken(worker.token), factory, describe, logger);
  const port = await server.listen(worker.port, worker.host);
  logger.info(
    { port, engine: engine.name, model: engine.model, lanes: worker.lanes },
    'Whisper worker is listening',
  );
  return {
    port,
    get sessions() {
      return server.sessions;
    },
    close: async () => {
      await server.close(process.shutdownGraceMs);
      detectors.close();
      await engine.close();
    },
  };
}

function engineOf(config: AppConfig): Engine {
  return createEngine(config.worker);
}

function detectorMaker(engine: Engine, threshold: number): () => EnergyDetector | SileroDetector {
  if (engine.name === 'fake') return () => new EnergyDetector();
  if (!existsSync(SILERO_MODEL)) {
    throw new ConfigError('models/silero-vad/silero_vad_v6.onnx is missing: restore it from the repository');
  }
  return () => new SileroDetector(SILERO_MODEL, threshold);
}
