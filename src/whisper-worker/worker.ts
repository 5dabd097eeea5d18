import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { msToSamples } from '../common/audio/pcm.js';
import { loadedExporter } from '../common/tracing/loaded-exporter.js';
import { listenFault } from '../config/listen-fault.js';
import { isLoopback } from '../config/loopback.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readChoice } from '../models/chosen-model.js';
import { SessionAdmission } from './admission/session-admission.js';
import { LoadEstimate } from './admission/load-estimate.js';
import type { Engine } from './engine.js';
import { createEngine } from './engines/create-engine.js';
import { checkRoom } from './engines/memory-need.js';
import { HostedEngine } from './host/hosted-engine.js';
import { LaneScheduler } from './lanes/lane-scheduler.js';
import { WorkerMetrics, type WorkerState } from './metrics/worker-metrics.js';
import type { LoadedEngine } from './model/current-engine.js';
import { loadEngine, type LoadParts } from './model/load-engine.js';
import { freeMemoryBytes, residentBytes } from './model/machine-memory.js';
import { hostsOf, memoryOf, offerOf, reportOf, type ModelReport } from './model/model-report.js';
import { ModelSwitch } from './model/model-switch.js';
import { startEngine } from './model/start-engine.js';
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
  /** Makes the engine of each model that is loaded. */
  makeEngine?: (model: string) => Promise<Engine>;
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
  const load = new LoadEstimate();
  const metrics = new WorkerMetrics();
  const scheduler = new LaneScheduler(worker.lanes, worker.queueLimit);
  const admission = new SessionAdmission(scheduler, load, worker);
  const makeEngine = given.engine ? async () => given.engine! : given.makeEngine;
  const parts: LoadParts = {
    makeEngine: makeEngine ?? ((model, signal) => createEngine({ ...worker, model }, logger, signal)),
    scheduler,
    language: worker.language,
    decodeTimeoutMs: worker.decodeTimeoutMs,
    isMeasured: worker.engine !== 'openai',
    logger,
  };
  const { engines, failed } = await startEngine(worker, parts);
  const expectLoad = ({ speakingCost }: LoadedEngine): void => {
    if (speakingCost !== undefined) load.expect(speakingCost);
  };
  expectLoad(engines.loaded);
  const modelSwitch = worker.followsChoice
    ? new ModelSwitch({
        engines,
        readChoice: () => readChoice(worker.modelsDir),
        fallback: worker.model,
        load: async (model, signal) => {
          if (!makeEngine)
            await checkRoom({ ...worker, model }, freeMemoryBytes((await memoryOf(engines)) ?? 0));
          return loadEngine(model, parts, signal);
        },
        onChanged: expectLoad,
        intervalMs: worker.choiceMs,
        logger,
      })
    : undefined;
  const state = (): WorkerState => ({
    sessions: admission.open,
    capacity: admission.capacity,
    lanes: scheduler.lanes,
    freeLanes: scheduler.free,
    waiting: scheduler.waiting,
    waitingInBackground: scheduler.waitingInBackground,
    loadFactor: load.factor ?? 0,
    hostRestarts: hostsOf(engines).reduce((sum, { restarts }) => sum + restarts, 0),
  });
  loadedExporter()?.exportMetrics(metrics.registry);
  metrics.observe(state, () => residentBytes(hostsOf(engines).flatMap(({ pids }) => pids)));
  const report = (): Promise<ModelReport> =>
    reportOf({ engines, lanes: worker.lanes, change: modelSwitch?.change });
  const probe = new LaneProbe(engines, scheduler, worker.language, PROBE_DEADLINE_MS);
  const server: WorkerServer = new WorkerServer({
    worker: randomUUID(),
    helloTimeoutMs: worker.helloTimeoutMs,
    windowSamples: msToSamples(WINDOW_MS),
    maxBacklogSamples: msToSamples(MAX_BACKLOG_MS),
    maxStrangers: MAX_STRANGERS,
    maxConnections: worker.maxSessions + worker.maxBackgroundSessions + MAX_STRANGERS + SPARE_CONNECTIONS,
    maxUnreadBytes: worker.maxUnreadBytes,
    token: new SharedToken(worker.token),
    admission,
    factory: new SessionFactory(worker, { scheduler, load, metrics }, engines, detectors),
    metrics,
    logger,
    http: new HttpApi({
      model: report,
      metrics,
      state,
      isDraining: () => server.isDraining,
      // A decode at a provider costs money each time.
      isAlive: async () => worker.engine === 'openai' || probe.isAlive(),
      isEngineUp: () => !(engines.engine instanceof HostedEngine) || engines.engine.hosts.up > 0,
    }),
  });
  const close = async (): Promise<void> => {
    await modelSwitch?.close();
    await server.close(shutdownGraceMs);
    detectors.close();
    await engines.close();
  };
  try {
    const port = await server.listen(worker.port, worker.host).catch((error: unknown) => {
      const variables = { hostVariable: 'WHISPER_WORKER_HOST', portVariable: 'WHISPER_WORKER_PORT' };
      throw listenFault(error, { ...worker, ...variables });
    });
    const { engine, model, loadMs, memoryBytes, nextModel } = await report();
    const { lanes } = worker;
    logger.info({ port, engine, model, lanes, loadMs, memoryBytes }, 'Whisper worker is listening');
    if (nextModel !== undefined)
      logger.info(offerOf(nextModel), 'A better model can be had, without a restart');
    modelSwitch?.start(failed);
    return {
      port,
      get engine() {
        return engines.engine;
      },
      get sessions() {
        return admission.open;
      },
      close,
    };
  } catch (error) {
    await engines.close();
    throw error;
  }
}

function detectorMaker({ engine }: WorkerConfig): (threshold: number) => VoiceActivityDetector {
  if (engine === 'fake') return () => new EnergyDetector();
  if (!existsSync(SILERO_MODEL)) {
    throw new ConfigError('models/silero-vad/silero_vad_v6.onnx is missing: restore it from the repository');
  }
  return (threshold) => new SileroDetector(SILERO_MODEL, threshold);
}
