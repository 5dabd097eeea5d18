import { samplesToMs } from '../../common/audio/pcm.js';
import { OverloadedError } from '../../common/errors/caller-errors.js';
import { releaseOnce } from '../../common/limits/release-once.js';
import type { LaneScheduler, Priority } from '../lanes/lane-scheduler.js';
import type { LoadEstimate } from './load-estimate.js';

/** Share of the lanes' time that sessions may claim. The rest is for interims and for sessions that speak at the same time. */
const TARGET_UTILISATION = 0.75;
/** No session is admitted while an utterance waits this long for a lane. */
const MAX_QUEUE_MS = 1_000;
const LEAST_RETRY_MS = 1_000;
const BACKGROUND_RETRY_MS = 5_000;

/** Limits the open sessions: by the configuration, and by what the lanes can decode without making them wait. */
export class SessionAdmission {
  private _open = 0;
  private inBackground = 0;

  constructor(
    private readonly scheduler: LaneScheduler,
    private readonly load: LoadEstimate,
    private readonly limits: { maxSessions: number; maxBackgroundSessions: number },
  ) {}

  /** Live sessions that are open. */
  get open(): number {
    return this._open;
  }

  /** Sessions that can be served at once, if they speak as much as those before. */
  get capacity(): number {
    const { factor } = this.load;
    if (factor === undefined) return this.limits.maxSessions;
    const sustainable = Math.floor((this.scheduler.lanes * TARGET_UTILISATION) / factor);
    return Math.min(this.limits.maxSessions, Math.max(1, sustainable));
  }

  /**
   * @param isResumed the session lost its worker. It was admitted once, so only `maxSessions` refuses it.
   * @param priority sessions in the background have places of their own: they wait for lanes that nobody else wants
   * @returns the release, as in `ConcurrencyLimit`
   * @throws OverloadedError that says when to try again
   */
  acquire(isResumed: boolean, priority: Priority = 'live'): () => void {
    if (priority === 'background') return this.acquireInBackground();
    const hasPlace = this._open < this.limits.maxSessions;
    const canServe = this._open < this.capacity && this.queueMs < MAX_QUEUE_MS;
    if (!hasPlace || !(isResumed || canServe)) {
      const retryAfterMs = Math.round(Math.max(LEAST_RETRY_MS, this.queueMs));
      throw new OverloadedError('The worker has no place for another session.', { retryAfterMs });
    }
    this._open += 1;
    return releaseOnce(() => {
      this._open -= 1;
    });
  }

  private acquireInBackground(): () => void {
    if (this.inBackground >= this.limits.maxBackgroundSessions)
      throw new OverloadedError('The worker has no place for another recording.', {
        retryAfterMs: BACKGROUND_RETRY_MS,
      });
    this.inBackground += 1;
    return releaseOnce(() => {
      this.inBackground -= 1;
    });
  }

  /** How long the audio that waits for a lane will take. */
  private get queueMs(): number {
    const audioMs = samplesToMs(this.scheduler.waitingSamples);
    return (audioMs * (this.load.factor ?? 0)) / this.scheduler.lanes;
  }
}
