import type { ChildProcess } from 'node:child_process';

/** What two processes say over an IPC channel to know that the other one lives. */
export interface Ping {
  type: 'ping';
}
export interface Pong {
  type: 'pong';
}

/** Questions that may stay without an answer: so many of them make up the limit. */
const MOST_MISSED = 4;
/** A process that is still loading its code has this many times as long. */
const START_FACTOR = 3;

export interface PulseOptions {
  /** A child that has given no sign of life for this long is ended; three times as long before its first one. */
  limitMs: number;
  /** It is going to be ended. */
  onHung?(): void;
  /** It had missed an answer and is back. */
  onBack?(): void;
}

/**
 * Watches a child process that may hang: one that is stopped or spins keeps its sockets open and never exits. The child is asked
 * over IPC and ended with SIGKILL, which a stopped process obeys too; its exit is for the owner to see. Missed answers are
 * counted instead of time, so that a parent which was held up itself, or slept, does not end a child that is well.
 */
export class ChildPulse {
  private readonly timer: NodeJS.Timeout;
  private isWaiting = false;
  private hasAnswered = false;
  private missed = 0;

  constructor(
    private readonly child: ChildProcess,
    private readonly options: PulseOptions,
  ) {
    child.on('message', (message) => isPong(message) && this.answered());
    child.once('exit', () => this.stop());
    this.timer = setInterval(() => this.ask(), options.limitMs / MOST_MISSED);
    this.timer.unref();
    this.ask();
  }

  /** It owes an answer: better to give it no new work. */
  get isLate(): boolean {
    return this.hasAnswered && this.missed > 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private ask(): void {
    if (this.isWaiting || !this.child.connected) this.missed += 1;
    if (this.missed >= MOST_MISSED * (this.hasAnswered ? 1 : START_FACTOR)) return this.end();
    if (this.isWaiting || !this.child.connected) return;
    this.isWaiting = true;
    // A channel that is closing fails the send; the exit that follows is what counts.
    this.child.send({ type: 'ping' } satisfies Ping, () => undefined);
  }

  private answered(): void {
    const wasLate = this.isLate;
    this.isWaiting = false;
    this.hasAnswered = true;
    this.missed = 0;
    if (wasLate) this.options.onBack?.();
  }

  private end(): void {
    this.stop();
    this.options.onHung?.();
    this.child.kill('SIGKILL');
  }
}

/** The child's side. Without an IPC channel there is nobody to answer. */
export function answerPings(own: NodeJS.Process = process): void {
  own.on('message', (message) => {
    if (!isPing(message)) return;
    own.send?.({ type: 'pong' } satisfies Pong, undefined, undefined, () => undefined);
  });
}

function isPing(message: unknown): message is Ping {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ping';
}

function isPong(message: unknown): message is Pong {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'pong';
}
