import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { basename } from 'node:path';
import { Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { ChildPulse } from '../../../common/processes/child-pulse.js';
import { loadedExporter } from '../../../common/tracing/loaded-exporter.js';
import { SharedAnswer } from '../../../common/streams/shared-answer.js';
import { fromProject } from '../../../config/project-paths.js';
import type { ComponentHealth } from '../../../health/health-registry.js';
import { workerChildMessageSchema } from '../../../whisper-protocol/child-messages.js';
import { workerEnvironment, type EmbeddedWorkerConfig } from './worker-environment.js';
import { askWorkerHealth, captionDetail, type WorkerHealth } from './worker-health.js';
import type { WorkerPool } from './worker-pool.js';

const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 5_000;
/** After a worker has served this long, the restart delay begins at its shortest again. */
const SOUND_MS = 30_000;
/** Exit code for a configuration that cannot work (EX_CONFIG): starting again would not help. */
const EXIT_CONFIG = 78;
/** `/health/ready` is public: it asks the worker no more often than this. */
const HEALTH_FRESH_MS = 1_000;

type State =
  /** The process runs. `address` is undefined until it has reported its port. */
  | {
      name: 'running';
      child: ChildProcess;
      pulse: ChildPulse;
      address?: string;
      health?: SharedAnswer<WorkerHealth | undefined>;
    }
  | { name: 'waiting'; timer: NodeJS.Timeout; why: string }
  /** It is not started again. */
  | { name: 'refused'; why: string }
  | { name: 'idle' };

/**
 * Runs one Whisper worker as a child process and starts it again when it dies, hangs or cannot be started: what crashes in
 * native code takes the worker, not the gateway. The worker listens on loopback, on a port of its own choice that it reports over
 * IPC, with a random token.
 */
export class EmbeddedWorker implements WorkerPool, OnModuleInit, BeforeApplicationShutdown {
  readonly token = randomBytes(24).toString('base64url');
  private readonly logger = new Logger(EmbeddedWorker.name);
  private readonly placeListeners = new Set<() => void>();
  private state: State = { name: 'idle' };
  private restartDelayMs = RESTART_FIRST_MS;
  private isClosing = false;

  /** @param launch starts the process of a worker */
  constructor(
    private readonly config: EmbeddedWorkerConfig,
    private readonly launch: (environment: NodeJS.ProcessEnv) => ChildProcess = launchWorker,
  ) {}

  onModuleInit(): void {
    this.start();
  }

  /** After the sessions have ended (`OpenStreams` waits for them in `onModuleDestroy`). */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    const state = this.state;
    if (state.name === 'waiting') clearTimeout(state.timer);
    if (state.name !== 'running') return;
    const { child } = state;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.config.process.shutdownGraceMs);
    await exited;
    clearTimeout(timer);
  }

  candidates(): string[] {
    const { address } = this.running ?? {};
    if (address === undefined) throw new WorkerUnavailableError('The Whisper worker is not running yet.');
    return [address];
  }

  dialling(): () => void {
    return () => undefined;
  }

  joined(): () => void {
    return () => this.announcePlace();
  }

  full(): void {
    // There is one worker only: the next session asks it again.
  }

  lost(): void {
    // The exit of the process, or its missing pongs, start a new one.
  }

  onPlace(listener: () => void): () => void {
    this.placeListeners.add(listener);
    return () => this.placeListeners.delete(listener);
  }

  /** The process id of the running worker, for tests that kill it. */
  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  async health(): Promise<ComponentHealth> {
    const { engine, model } = this.config.worker;
    const provider = `whisper (${engine})`;
    const named = model === undefined ? null : basename(model);
    const state = this.state;
    if (state.name === 'refused')
      return { status: 'down', provider, detail: { model: named, reason: state.why } };
    if (state.name !== 'running' || !state.health) {
      const detail = { model: named, ...(state.name === 'waiting' && { reason: state.why }) };
      return { status: 'starting', provider, detail };
    }
    if (state.pulse.isLate)
      return { status: 'down', provider, detail: { model: named, reason: 'the worker does not answer' } };
    const health = await state.health.get();
    return {
      status: health ? 'ok' : 'down',
      provider,
      detail: captionDetail({ model: named ?? undefined, ...health }),
    };
  }

  async ready(): Promise<WorkerHealth | undefined> {
    return this.running?.health?.get();
  }

  private get running(): Extract<State, { name: 'running' }> | undefined {
    return this.state.name === 'running' ? this.state : undefined;
  }

  private announcePlace(): void {
    for (const listener of this.placeListeners) listener();
  }

  private start(): void {
    const startedAt = performance.now();
    const uptimeMs = (): number => Math.round(performance.now() - startedAt);
    let child: ChildProcess;
    try {
      child = this.launch(workerEnvironment(this.config, this.token));
    } catch (err) {
      return this.cannotStart(err);
    }
    child.on('error', (err) => {
      // Without a process there will be no exit.
      if (child.pid === undefined) this.cannotStart(err);
      else this.logger.error({ err, pid: child.pid }, 'Whisper worker cannot be reached over IPC');
    });
    if (child.pid === undefined) return;
    const pulse = new ChildPulse(child, {
      limitMs: this.config.worker.hungMs,
      onHung: () => this.logger.error({ pid: child.pid }, 'Whisper worker hangs and is killed'),
    });
    this.state = { name: 'running', child, pulse };
    child.on('message', (message) => {
      const said = workerChildMessageSchema.safeParse(message);
      if (!said.success || this.running?.child !== child) return;
      const { port } = said.data;
      const address = `ws://127.0.0.1:${port}/ws`;
      const health = new SharedAnswer(() => askWorkerHealth(address), HEALTH_FRESH_MS);
      this.state = { name: 'running', child, pulse, address, health };
      this.logger.log({ pid: child.pid, port, startMs: uptimeMs() }, 'Whisper worker is listening');
      this.announcePlace();
    });
    child.once('exit', (code, signal) => this.afterExit(code, signal, uptimeMs()));
  }

  private cannotStart(err: unknown): void {
    this.logger.error({ err }, 'Whisper worker cannot be started');
    this.startAgain('the worker cannot be started');
  }

  private afterExit(code: number | null, signal: NodeJS.Signals | null, uptimeMs: number): void {
    this.state = { name: 'idle' };
    if (this.isClosing) return;
    if (code === EXIT_CONFIG) {
      const why = 'the worker refuses its configuration; its own message is in the log';
      this.state = { name: 'refused', why };
      this.logger.error({ code }, 'Whisper worker refuses its configuration; see its own message above');
      return;
    }
    if (uptimeMs > SOUND_MS) this.restartDelayMs = RESTART_FIRST_MS;
    this.logger.error({ code, signal, uptimeMs }, 'Whisper worker died');
    this.startAgain('the worker died and is started again');
  }

  private startAgain(why: string): void {
    if (this.isClosing) return;
    this.state = { name: 'waiting', why, timer: setTimeout(() => this.start(), this.restartDelayMs) };
    this.restartDelayMs = Math.min(this.restartDelayMs * 2, RESTART_MOST_MS);
  }
}

function launchWorker(env: NodeJS.ProcessEnv): ChildProcess {
  const { execArgv = [], environment } = loadedExporter() ?? {};
  return fork(fromProject('dist/whisper-worker/main.js'), {
    env: { ...environment, ...env },
    execArgv: [...execArgv],
  });
}
