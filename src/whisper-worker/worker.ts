import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { msToSamples } from '../common/audio/pcm.js';
import { listenFault } from '../config/listen-fault.js';
import { isLoopback } from '../config/loopback.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { SessionAdmission } from './admission/session-admission.js';
import { LoadEstimate } from './admission/load-estimate.js';
import { speakingCost } from './admission/speaking-cost.js';
import type { Engine, RecogniserKey } from './engine.js';
import { createEngine } from './engines/create-engine.js';
import { HostLostError } from './host/supervised-host.js';
import { HostedEngine } from './host/hosted-engine.js';
import { LaneScheduler } from './lanes/lane-scheduler.js';
import { WorkerMetrics, type WorkerState } from './metrics/worker-metrics.js';
import { HttpApi } from './server/http-api.js';
import { LaneProbe } from './server/lane-probe.js';

import { SharedToken } from './server/shared-token.js';
import { WorkerServer } from './server/worker-server.js';
import { SessionFactory } from './session/session-factory.js';
import { DetectorPool } from './vad/detector-pool.js';
import { EnergyDetector } from './vad/energy-detector.js';
import { SileroDetector } from './vad/silero-detector.js';
import type { VoiceActivityDetector } from './voice-activity-detector.js';
import type { WorkerConfig, WorkerProcessConfig } from './worker.config.js';

/** Committed with the sources; see its README there. */
const SILERO_MODEL = fromProject('models/silero-vad/silero_vad_v6.onnx');
/** Audio a gateway may send ahead of the last ack. */
const WINDOW_MS = 10_000;
/** Undecided audio per session beyond which the worker stops reading: above any utterance, below the gateway's ring. */
const MAX_BACKLOG_MS = 45_000;
/** Sockets that are not admitted: before their hello, or being refused. */
const MAX_STRANGERS = 64;
/** TCP connections beyond those: probes, metrics, upgrades under way. */
const SPARE_CONNECTIONS = 256;
const PROBE_DEADLINE_MS = 5_000;

export interface Worker {
  readonly port: number;
  /** Open sessions. */
  readonly sessions: number;
  readonly engine: Engine;
  close(): Promise<void>;
}

/** Parts that replace those of the configuration, for tests. */
export interface GivenParts {
  engine?: Engine;
  makeDetector?: (threshold: number) => VoiceActivityDetector;
}

/**
 * Starts a worker: engine, detector, server. Resolves when sessions are accepted.
 * @throws ConfigError when it must not or cannot run as configured
 */
export async function startWorker(
  { worker, process: { shutdownGraceMs } }: WorkerProcessConfig,
  logger: Logger,
  given: GivenParts = {},
): Promise<Worker> {
  if (worker.token === undefined && !isLoopback(worker.host)) {
    throw new ConfigError('WHISPER_WORKER_HOST is not a loopback address, so WHISPER_TOKEN must be set');
  }
  const makeDetector = given.makeDetector ?? detectorMaker(worker);
  const detectors = new DetectorPool(makeDetector, worker.vad.threshold, worker.maxSessions);
  detectors.warm();
  const engine = given.engine ?? (await createEngine(worker, logger));
  const load = new LoadEstimate();
  const metrics = new WorkerMetrics();
  const scheduler = new LaneScheduler(worker.lanes, worker.queueLimit);
  const admission = new SessionAdmission(scheduler, load, worker.maxSessions);
  const state = (): WorkerState => ({
    sessions: admission.open,
    capacity: admission.capacity,
    lanes: scheduler.lanes,
    freeLanes: scheduler.free,
    waiting: scheduler.waiting,
    loadFactor: load.factor ?? 0,
    hostRestarts: engine instanceof HostedEngine ? engine.hosts.restarts : 0,
  });
  metrics.observe(state);
  const probe = new LaneProbe(engine, scheduler, worker.language, PROBE_DEADLINE_MS);
  const server: WorkerServer = new WorkerServer({
    worker: randomUUID(),
    model: engine.model,
    helloTimeoutMs: worker.helloTimeoutMs,
    windowSamples: msToSamples(WINDOW_MS),
    maxBacklogSamples: msToSamples(MAX_BACKLOG_MS),
    maxStrangers: MAX_STRANGERS,
    maxConnections: worker.maxSessions + MAX_STRANGERS + SPARE_CONNECTIONS,
    maxUnreadBytes: worker.maxUnreadBytes,
    token: new SharedToken(worker.token),
    admission,
    factory: new SessionFactory(worker, { engine, scheduler, load, metrics }, detectors),
    metrics,
    logger,
    http: new HttpApi({
      engine,
      metrics,
      state,
      isDraining: () => server.isDraining,
      // A decode at a provider costs money each time.
      isAlive: async () => worker.engine === 'openai' || probe.isAlive(),
      isEngineUp: () => !(engine instanceof HostedEngine) || engine.hosts.up > 0,
    }),
  });
  const key = { language: worker.language, task: 'transcribe', words: false } as const;
  const close = async (): Promise<void> => {
    await server.close(shutdownGraceMs);
    detectors.close();
    await engine.close();
  };
  try {
    const { language } = key;
    if (language === 'auto' ? engine.detectsLanguage : engine.languages.has(language)) {
      await loadDefault(engine, key, logger);
      // A decode at a provider costs money: there the first sessions measure it.
      if (worker.engine !== 'openai') await expectLoad(load, engine, worker, key, logger);
    }
    const port = await server.listen(worker.port, worker.host).catch((error: unknown) => {
      const variables = { hostVariable: 'WHISPER_WORKER_HOST', portVariable: 'WHISPER_WORKER_PORT' };
      throw listenFault(error, { ...worker, ...variables });
    });
    logger.info(
      { port, engine: engine.name, model: engine.model, lanes: worker.lanes },
      'Whisper worker is listening',
    );
    return {
      port,
      engine,
      get sessions() {
        return admission.open;
      },
      close,
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Loads the default recogniser, so that a model that does not load is noticed at start. */
async function loadDefault(engine: Engine, key: RecogniserKey, logger: Logger): Promise<void> {
  try {
    await engine.prepare(key);
  } catch (error) {
    // Killed while it loaded, by the system for its memory or by the timeout: the next start may succeed.
    if (error instanceof HostLostError && error.isKilled) throw error;
    logger.debug({ err: error }, 'The model does not load');
    throw new ConfigError(
      'WHISPER_MODEL names a model that does not load: see `npm run models -- verify`, or take another one',
    );
  }
}

/** Measures what a speaker costs, so that the first burst of sessions is limited too. */
async function expectLoad(
  load: LoadEstimate,
  engine: Engine,
  { lanes, decodeTimeoutMs }: WorkerConfig,
  key: RecogniserKey,
  logger: Logger,
): Promise<void> {
  try {
    load.expect(await speakingCost(engine, lanes, key, AbortSignal.timeout(decodeTimeoutMs)));
  } catch (error) {
    // The probes report an engine that does not decode.
    logger.warn({ err: error }, 'What a session costs could not be measured');
  }
}

function detectorMaker({ engine }: WorkerConfig): (threshold: number) => VoiceActivityDetector {
  if (engine === 'fake') return () => new EnergyDetector();
  if (!existsSync(SILERO_MODEL)) {
    throw new ConfigError('models/silero-vad/silero_vad_v6.onnx is missing: restore it from the repository');
  }
  return (threshold) => new SileroDetector(SILERO_MODEL, threshold);
}
