import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import { ChildPulse } from '../../common/processes/child-pulse.js';
import type { DecodedUtterance, DecodeRequest, RecogniserKey } from '../engine.js';
import type { FromHost, HostDescription, HostSettings, HostWork, ToHost } from './host-messages.js';
import { RecentKeys } from './recent-keys.js';

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 5_000;

export interface SupervisedHostSettings {
  host: HostSettings;
  /** Decodes that the process works on at once. */
  lanes: number;
  decodeTimeoutMs: number;
  loadTimeoutMs: number;
  hungMs: number;
  launch(): ChildProcess;
  /** There may be room for a decode. */
  onRoom(): void;
}

/** The host process ended before it answered. Not retryable for a session: the engine has tried another host by then. */
export class HostLostError extends Error {
  override readonly name = 'HostLostError';

  /** @param isKilled by a signal from outside or by a timeout of ours, not by its own fault */
  constructor(
    message: string,
    readonly isKilled: boolean,
  ) {
    super(message);
  }
}

interface Call {
  resolve: (result: DecodedUtterance | undefined) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

interface HostProcess {
  child: ChildProcess;
  pulse: ChildPulse;
  /** Rejects with HostLostError when the process ends first. */
  ready: Promise<HostDescription>;
  /** Resolves when the process is gone, or never was. */
  ended: Promise<void>;
}

type State =
  /** The process loads what it needs first. */
  | ({ name: 'starting' } & HostProcess)
  /** It takes decodes. */
  | ({ name: 'up' } & HostProcess)
  /** It ended and is started again. */
  | { name: 'waiting'; timer: NodeJS.Timeout }
  | { name: 'closed' };

/**
 * One engine host process, kept running: when it ends or hangs, another one is started after a delay. The new one takes decodes as
 * soon as it has loaded the recogniser used last, and loads the other recent ones after that.
 */
export class SupervisedHost {
  private readonly calls = new Map<number, Call>();
  private readonly recent: RecentKeys;
  private state: State;
  private nextId = 1;
  private decodes = 0;
  private restartDelayMs = RESTART_FIRST_MS;
  private _restarts = 0;

  constructor(
    private readonly settings: SupervisedHostSettings,
    private readonly logger: Logger,
  ) {
    this.recent = new RecentKeys(settings.host.maxRecognisers);
    this.state = { name: 'starting', ...this.launch() };
  }

  /** It takes decodes, and does not owe a sign of life. */
  get isUp(): boolean {
    return this.state.name === 'up' && !this.state.pulse.isLate;
  }

  /** Decodes that it takes now. */
  get room(): number {
    return this.isUp ? this.settings.lanes - this.decodes : 0;
  }

  get restarts(): number {
    return this._restarts;
  }

  get pid(): number | undefined {
    return this.process?.child.pid;
  }

  /** Waits for the first start. Later ones happen by themselves. @throws HostLostError */
  async start(): Promise<HostDescription> {
    const description = await this.process!.ready;
    this.takeDecodes();
    return description;
  }

  /** Loads a recogniser. @throws HostLostError when the process ends, or is ended because it takes too long */
  async prepare(key: RecogniserKey): Promise<void> {
    await this.load(key);
    this.recent.used(key);
  }

  /** @throws HostLostError as `prepare`, Error or RangeError as the engine does */
  async decode(request: DecodeRequest): Promise<DecodedUtterance> {
    this.recent.used(request);
    this.decodes += 1;
    try {
      const result = await this.call({ type: 'decode', request }, this.settings.decodeTimeoutMs);
      if (!result) throw new Error('The engine host gave no result');
      this.restartDelayMs = RESTART_FIRST_MS;
      return result;
    } finally {
      this.decodes -= 1;
      this.settings.onRoom();
    }
  }

  async close(): Promise<void> {
    const { state, process } = this;
    this.state = { name: 'closed' };
    if (state.name === 'waiting') clearTimeout(state.timer);
    process?.child.kill('SIGKILL');
    await process?.ended;
  }

  private get process(): HostProcess | undefined {
    return this.state.name === 'starting' || this.state.name === 'up' ? this.state : undefined;
  }

  private launch(): HostProcess {
    const { host, hungMs } = this.settings;
    const child = this.settings.launch();
    const pulse = new ChildPulse(child, {
      limitMs: hungMs,
      onHung: () => this.logger.error({ pid: child.pid }, 'Engine host hangs and is killed'),
      onBack: () => this.settings.onRoom(),
    });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      // Without a process there will be no exit. With one, the exit follows or the process goes on.
      child.on('error', () => child.pid === undefined && resolve());
    });
    const ready = new Promise<HostDescription>((resolve, reject) => {
      child.on('message', (message: FromHost) => {
        if (message.type === 'ready') resolve(message.description);
        else if (message.type !== 'pong') this.settle(message);
      });
      void ended.then(() => {
        const isKilled = child.pid === undefined || child.signalCode === 'SIGKILL';
        const lost = new HostLostError('The engine host ended before it answered', isKilled);
        pulse.stop();
        this.afterEnd(lost);
        reject(lost);
      });
    });
    // Nobody may be waiting for it.
    ready.catch(() => undefined);
    send(child, { type: 'start', settings: host });
    return { child, pulse, ready, ended };
  }

  private afterEnd(lost: HostLostError): void {
    const isClosed = this.state.name === 'closed';
    if (!isClosed) {
      this._restarts += 1;
      this.logger.error({ restartInMs: this.restartDelayMs }, 'Engine host ended');
      this.startLater();
    }
    for (const { reject, timer } of this.calls.values()) {
      clearTimeout(timer);
      reject(lost);
    }
    this.calls.clear();
  }

  private startLater(): void {
    this.state = { name: 'waiting', timer: setTimeout(() => void this.restart(), this.restartDelayMs) };
    this.restartDelayMs = Math.min(this.restartDelayMs * 2, RESTART_MOST_MS);
  }

  private async restart(): Promise<void> {
    try {
      this.state = { name: 'starting', ...this.launch() };
    } catch (error) {
      this.logger.error({ err: error }, 'Engine host cannot be started');
      return this.startLater();
    }
    const { child, ready } = this.state;
    const [first, ...others] = this.recent.newestFirst;
    try {
      await ready;
      if (first) await this.load(first);
    } catch (error) {
      // The next process loads this one after the others, so that it does not keep them from being served.
      this.recent.postpone();
      if (!(error instanceof HostLostError)) child.kill('SIGKILL');
      return;
    }
    this.logger.info({ pid: child.pid }, 'Engine host is back');
    this.takeDecodes();
    for (const key of others) if (!(await this.canLoad(key))) return;
  }

  private takeDecodes(): void {
    if (this.state.name !== 'starting') return;
    this.state = { ...this.state, name: 'up' };
    this.settings.onRoom();
  }

  /** False when the process is lost. A recogniser that does not load fails the session that asks for it. */
  private async canLoad(key: RecogniserKey): Promise<boolean> {
    try {
      await this.load(key);
      return true;
    } catch (error) {
      return !(error instanceof HostLostError);
    }
  }

  private load(key: RecogniserKey): Promise<unknown> {
    return this.call({ type: 'prepare', key }, this.settings.loadTimeoutMs);
  }

  private call(work: HostWork, timeoutMs: number): Promise<DecodedUtterance | undefined> {
    const child = this.process?.child;
    if (!child) return Promise.reject(new HostLostError('The engine host is gone', true));
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve, reject) => {
      // Native work cannot be stopped otherwise.
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      this.calls.set(id, { resolve, reject, timer });
      send(child, { ...work, id });
    });
  }

  private settle(message: Exclude<FromHost, { type: 'ready' | 'pong' }>): void {
    const call = this.calls.get(message.id);
    if (!call) return;
    this.calls.delete(message.id);
    clearTimeout(call.timer);
    if (message.type === 'done') call.resolve(message.result);
    else call.reject(message.isRange ? new RangeError(message.message) : new Error(message.message));
  }
}

function send(child: ChildProcess, message: ToHost): void {
  // A channel that is closing fails the send; the exit that follows fails the call.
  if (child.connected) child.send(message, () => undefined);
}
