import { msToSamples } from '../../../common/audio/pcm.js';

const STUCK_MARGIN_MS = 10_000;
/** What a worker may leave uncommitted while nothing is said: the pre-roll of possible speech. */
const PAUSED_SAMPLES = msToSamples(2_500);

export interface ProgressWatchParts {
  /** The longest utterance: a worker that commits nothing for longer, and audio waiting, is stuck. */
  longestMs: number;
  ringMs: number;
  /** Samples that are not committed. */
  waiting(): number;
  /** Whether the worker was told to finish the open utterance. */
  isToFinish(): boolean;
  onStuck(): void;
}

/** A worker that has audio enough for a commit but makes none for longer than any utterance lasts is stuck. */
export class ProgressWatch {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ProgressWatchParts) {}

  /** The worker has made progress, or another one begins. */
  restart(): void {
    this.stop();
    this.timer = setTimeout(() => {
      if (this.parts.waiting() > this.mayBeOpenSamples) this.parts.onStuck();
      else this.restart();
    }, this.parts.longestMs + STUCK_MARGIN_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** What a sound worker may leave uncommitted: an open utterance, unless it was told to finish it. */
  private get mayBeOpenSamples(): number {
    if (this.parts.isToFinish()) return PAUSED_SAMPLES;
    const longestSamples = msToSamples(this.parts.longestMs) + PAUSED_SAMPLES;
    return Math.min(longestSamples, msToSamples(this.parts.ringMs) - 1);
  }
}
