import type { ChildProcess } from 'node:child_process';
import { ChildPulse, type PulseOptions } from '../../common/processes/child-pulse.js';
import type { DecodedUtterance } from '../engine.js';
import type { FromHost, HostDescription, HostSettings, HostWork, ToHost } from './host-messages.js';

/** The process of the host ended before it answered. Not retryable: it was tried again already when a session sees it. */
export class HostLostError extends Error {
  override readonly name = 'HostLostError';

  /** @param isKilled from outside or by us, for want of an answer, and not by what it was doing */
  constructor(
    message: string,
    readonly isKilled: boolean,
  ) {
    super(message);
  }
}

interface Pending {
  resolve: (result: DecodedUtterance | undefined) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** The worker's side of one engine host process: calls go in, answers come out, and its end fails what is open. */
export class EngineHost {
  private readonly pending = new Map<number, Pending>();
  private readonly pulse: ChildPulse;
  readonly ready: Promise<HostDescription>;
  /** Settles when the process is gone, or never was. */
  readonly ended: Promise<void>;
  private nextId = 1;
  private isEnded = false;

  constructor(
    private readonly process: ChildProcess,
    settings: HostSettings,
    watch: PulseOptions,
  ) {
    this.ended = new Promise((resolve) => {
      process.once('exit', () => resolve(this.lose()));
      // Without a process there will be no exit. With one, it goes on, or its exit tells.
      process.on('error', () => process.pid === undefined && resolve(this.lose()));
    });
    this.ready = new Promise((resolve, reject) => {
      this.pending.set(0, { resolve: () => undefined, reject, timer: undefined });
      process.on('message', (message: FromHost) => {
        if (message.type === 'ready') {
          this.pending.delete(0);
          resolve(message.description);
        } else if (message.type !== 'pong') this.settle(message);
      });
    });
    this.ready.catch(() => undefined);
    this.pulse = new ChildPulse(process, watch);
    this.send({ type: 'start', settings });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** It owes a sign of life. */
  get isLate(): boolean {
    return this.pulse.isLate;
  }

  /**
   * @param timeoutMs a host that has not answered by then is ended: native work cannot be stopped otherwise
   * @throws HostLostError when the process ends first, Error or RangeError as the engine does
   */
  call(work: HostWork, timeoutMs: number): Promise<DecodedUtterance | undefined> {
    if (this.isEnded) return Promise.reject(new HostLostError('The engine host is gone', true));
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.kill(), timeoutMs);
      this.pending.set(id, { resolve, reject, timer });
      this.send({ ...work, id });
    });
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  private settle(message: Exclude<FromHost, { type: 'ready' | 'pong' }>): void {
    const call = this.pending.get(message.id);
    if (!call) return;
    this.pending.delete(message.id);
    clearTimeout(call.timer);
    if (message.type === 'done') call.resolve(message.result);
    else call.reject(message.isRange ? new RangeError(message.message) : new Error(message.message));
  }

  private send(message: ToHost): void {
    if (!this.process.connected) return;
    // A channel that is closing fails the send; the exit that follows fails the call.
    this.process.send(message, () => undefined);
  }

  private lose(): void {
    this.isEnded = true;
    this.pulse.stop();
    const isKilled = this.process.pid === undefined || this.process.signalCode === 'SIGKILL';
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(new HostLostError('The engine host ended before it answered', isKilled));
    }
    this.pending.clear();
  }
}
