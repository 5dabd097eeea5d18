import { samplesToMs } from '../../common/audio/pcm.js';
import { OverloadedError } from '../../common/errors/caller-errors.js';
import type { LaneScheduler } from '../lanes/lane-scheduler.js';
import type { LoadEstimate } from './load-estimate.js';

/** Share of the lanes' time that sessions may claim. The rest is for interims and for sessions that speak at the same time. */
const TARGET_UTILISATION = 0.75;
/** No session is admitted while an utterance waits this long for a lane. */
const MAX_QUEUE_MS = 1_000;
const LEAST_RETRY_MS = 1_000;

/** Limits the open sessions: by the configuration, and by what the lanes can decode without making them wait. */
export class SessionAdmission {
  private _open = 0;

  constructor(
    private readonly scheduler: LaneScheduler,
    private readonly load: LoadEstimate,
    private readonly maxSessions: number,
  ) {}

  /** Sessions that are open. */
  get open(): number {
    return this._open;
  }

  /** Sessions that can be served at once, if they speak as much as those before. */
  get capacity(): number {
    const { factor } = this.load;
    if (factor === undefined) return this.maxSessions;
    const sustainable = Math.floor((this.scheduler.lanes * TARGET_UTILISATION) / factor);
    return Math.min(this.maxSessions, Math.max(1, sustainable));
  }

  /**
   * @param isResumed the session lost its worker. It was admitted once, so only `maxSessions` refuses it.
   * @returns the release, as in `ConcurrencyLimit`
   * @throws OverloadedError that says when to try again
   */
  acquire(isResumed: boolean): () => void {
    const hasPlace = this._open < this.maxSessions;
    const canServe = this._open < this.capacity && this.queueMs < MAX_QUEUE_MS;
    if (!hasPlace || !(isResumed || canServe)) {
      const retryAfterMs = Math.round(Math.max(LEAST_RETRY_MS, this.queueMs));
      throw new OverloadedError('The worker has no place for another session.', { retryAfterMs });
    }
    this._open += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this._open -= 1;
    };
  }

  /** How long the audio that waits for a lane will take. */
  private get queueMs(): number {
    const audioMs = samplesToMs(this.scheduler.waitingSamples);
    return (audioMs * (this.load.factor ?? 0)) / this.scheduler.lanes;
  }
}
