import { samplesToMs } from '../../common/audio/pcm.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';
import type { LoadEstimate } from './load-estimate.js';

/** Share of the lanes' time that sessions may claim; the rest is for interims and for speakers who speak at once. */
const TARGET_UTILISATION = 0.75;
/** A new session would make those that are there wait for this long, or longer. */
const MAX_QUEUE_MS = 1_000;
const LEAST_RETRY_MS = 1_000;

/** Decides whether one more session can be served without making those that are open wait. */
export class Admission {
  constructor(
    private readonly scheduler: LaneScheduler,
    private readonly load: LoadEstimate,
    private readonly maxSessions: number,
  ) {}

  /** Sessions that can be served at once, if they go on as those before. */
  get capacity(): number {
    const { factor } = this.load;
    if (factor === undefined) return this.maxSessions;
    const sustainable = Math.floor((this.scheduler.lanes * TARGET_UTILISATION) / factor);
    return Math.min(this.maxSessions, Math.max(1, sustainable));
  }

  /** How long what waits now will take. */
  get queueMs(): number {
    const audioMs = samplesToMs(this.scheduler.waitingSamples);
    return (audioMs * (this.load.factor ?? 0)) / this.scheduler.lanes;
  }

  /**
   * Undefined when a session may come in, else when to try again.
   * @param open sessions that are there
   * @param isResumed a session that lost its worker was accepted once: it is refused only when there is no place at all
   */
  refuse(open: number, isResumed: boolean): { retryAfterMs: number } | undefined {
    const hasPlace = open < this.maxSessions;
    const canServe = open < this.capacity && this.queueMs < MAX_QUEUE_MS;
    if (hasPlace && (isResumed || canServe)) return undefined;
    return { retryAfterMs: Math.round(Math.max(LEAST_RETRY_MS, this.queueMs)) };
  }
}
