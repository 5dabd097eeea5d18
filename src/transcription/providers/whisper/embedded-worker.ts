import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import type { AppConfig } from '../../../config/app-config.js';
import { fromProject } from '../../../config/project-paths.js';
import { workerEnvironment } from '../../../config/worker-environment.js';
import type { ComponentHealth } from '../../../health/health-registry.js';
import { askWorkerHealth } from './worker-health.js';
import type { WorkerPool } from './worker-pool.js';

const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 5_000;
/** A worker that served this long is considered sound: its next restart is immediate again. */
const SOUND_MS = 30_000;
/** Exit code for a configuration that cannot work (EX_CONFIG): starting again would not help. */
const EXIT_CONFIG = 78;

/**
 * Runs one Whisper worker as a child process and starts it again when it dies: what crashes in native code takes the worker,
 * not the gateway. The worker listens on loopback, on a port of its own choice that it reports over IPC, with a token made up
 * for this run.
 */
export class EmbeddedWorker implements WorkerPool, OnModuleInit, BeforeApplicationShutdown {
  readonly token = randomBytes(24).toString('base64url');
  private readonly logger = new Logger(EmbeddedWorker.name);
  readonly #placeListeners = new Set<() => void>();
  #child: ChildProcess | undefined;
  #address: string | undefined;
  #restartDelayMs = RESTART_FIRST_MS;
  #restartTimer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #isUnusable = false;

  constructor(private readonly config: AppConfig) {}

  onModuleInit(): void {
    this.#start();
  }

  /** After the sessions have ended (`OpenStreams` waits for them in `onModuleDestroy`). */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.config.server.shutdownGraceMs);
    await exited;
    clearTimeout(timer);
  }

  candidates(): string[] {
    if (this.#address === undefined)
      throw new WorkerUnavailableError('The Whisper worker is not running yet.');
    return [this.#address];
  }

  joined(): () => void {
    return () => this.#tellPlace();
  }

  full(): void {
    // Its own answer to the next session says whether it still is.
  }

  lost(): void {
    // Its exit says so, and a new one is started.
  }

  onPlace(listener: () => void): () => void {
    this.#placeListeners.add(listener);
    return () => this.#placeListeners.delete(listener);
  }

  /** The process id of the running worker, for tests that kill it. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async health(): Promise<ComponentHealth> {
    const { engine, model } = this.config.worker;
    const provider = `whisper (${engine})`;
    if (this.#address === undefined) {
      return { status: this.#isUnusable ? 'down' : 'starting', provider, detail: { model: model ?? null } };
    }
    const health = await askWorkerHealth(this.#address);
    return { status: health ? 'ok' : 'down', provider, detail: { model: health?.model ?? model ?? null } };
  }

  #tellPlace(): void {
    for (const listener of this.#placeListeners) listener();
  }

  #start(): void {
    const startedAt = Date.now();
    const child = fork(fromProject('dist/whisper-worker/main.js'), {
      env: workerEnvironment(this.config, this.token),
      execArgv: [],
    });
    this.#child = child;
    child.on('message', (message) => {
      const port = portOf(message);
      if (port === undefined) return;
      this.#address = `ws://127.0.0.1:${port}/ws`;
      this.logger.log(
        { pid: child.pid, port, startMs: Date.now() - startedAt },
        'Whisper worker is listening',
      );
      this.#tellPlace();
    });
    child.on('error', (err) => this.logger.error({ err }, 'Whisper worker cannot be started'));
    child.once('exit', (code, signal) => this.#afterExit(code, signal, Date.now() - startedAt));
  }

  #afterExit(code: number | null, signal: NodeJS.Signals | null, uptimeMs: number): void {
    this.#address = undefined;
    this.#child = undefined;
    if (this.#isClosing) return;
    if (code === EXIT_CONFIG) {
      this.#isUnusable = true;
      this.logger.error({ code }, 'Whisper worker refuses its configuration; see its own message above');
      return;
    }
    this.#restartDelayMs =
      uptimeMs > SOUND_MS ? RESTART_FIRST_MS : Math.min(this.#restartDelayMs * 2, RESTART_MOST_MS);
    this.logger.error({ code, signal, uptimeMs, restartInMs: this.#restartDelayMs }, 'Whisper worker died');
    this.#restartTimer = setTimeout(() => this.#start(), this.#restartDelayMs);
  }
}

function portOf(message: unknown): number | undefined {
  const isListening =
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
  return isListening && 'port' in message && typeof message.port === 'number' ? message.port : undefined;
}
