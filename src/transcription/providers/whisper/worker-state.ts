import type { WorkerHealth } from './worker-health.js';
import type { WorkerLoss } from './worker-pool.js';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 10_000;
/** One session may try a worker that failed. The others may follow after this time. */
const TRIAL_MS = 1_000;
/** A worker that said it stops is left alone until it is asked again. */
const RESTARTING_MS = 3_000;

/** What is known of one worker: its load, and whether sessions should dial it. Times are in ms of the monotonic clock. */
export class WorkerState {
  private _sessions = 0;
  private _dialling = 0;
  /** Our sessions that the worker may have counted in what it reported last. */
  private sessionsWhenReported = 0;
  private failures = 0;
  private closedUntil = 0;
  private fullUntil = 0;
  private reported: WorkerHealth | undefined;
  /** Undefined before the worker was asked for the first time. */
  private _isReady: boolean | undefined;

  constructor(readonly address: string) {}

  /** Our own sessions there. */
  get sessions(): number {
    return this._sessions;
  }

  get isReady(): boolean {
    return this._isReady === true;
  }

  /** What it said of itself last. */
  get can(): WorkerHealth | undefined {
    return this.reported;
  }

  /** Sessions per place: ours, those that dial included, or all that the worker counted and ours that came since. */
  get load(): number {
    const { sessions = 0, capacity = 1 } = this.reported ?? {};
    const ours = this._sessions + this._dialling;
    return Math.max(ours, sessions + ours - this.sessionsWhenReported) / Math.max(capacity, 1);
  }

  get hasFailed(): boolean {
    return this.failures > 0;
  }

  /** It was asked and did not say that it is ready. */
  get isUnwell(): boolean {
    return this._isReady === false;
  }

  /** It may be dialled: it has not failed lately. */
  isReachable(now: number): boolean {
    return now >= this.closedUntil;
  }

  /** How long it will have no place, by its own estimate. */
  fullForMs(now: number): number {
    return Math.max(0, this.fullUntil - now);
  }

  /** It is going to be dialled. After a failure, one session tries before the others do. */
  tried(now: number): void {
    if (this.hasFailed) this.closedUntil = now + TRIAL_MS;
  }

  /** A session dials it, until the result is called. */
  dialling(): () => void {
    this._dialling += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this._dialling -= 1;
    };
  }

  joined(): () => void {
    this._sessions += 1;
    this.failures = 0;
    this.closedUntil = 0;
    this.fullUntil = 0;
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this._sessions -= 1;
      this.fullUntil = 0;
    };
  }

  full(now: number, retryAfterMs: number): void {
    this.failures = 0;
    this.closedUntil = 0;
    this.fullUntil = now + retryAfterMs;
  }

  lost(now: number, how: WorkerLoss): void {
    // The worker answers. The error belongs to the session.
    if (how === 'failed') return;
    if (how === 'restarting') {
      this.closedUntil = now + RESTARTING_MS;
      return;
    }
    // Many sessions lose a worker at the same time: that counts as one failure.
    if (now < this.closedUntil) return;
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** this.failures, RETRY_MOST_MS);
    this.failures += 1;
    this.closedUntil = now + delayMs;
  }

  /** What the worker answered when it was asked; undefined when it did not, or is not ready. */
  answered(now: number, health: WorkerHealth | undefined): void {
    const wasAway = this._isReady === false;
    this._isReady = health !== undefined;
    if (!health) return;
    this.reported = health;
    this.sessionsWhenReported = this._sessions;
    // It has come back: one session may try it now, whatever the process before it did.
    if (wasAway) this.closedUntil = 0;
    else if (now >= this.closedUntil) this.failures = 0;
  }
}
