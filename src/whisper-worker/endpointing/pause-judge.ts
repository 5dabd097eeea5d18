/** What is known of an utterance in which somebody has paused. */
export interface Pause {
  /** What was heard so far; undefined when nothing was decoded in time. */
  text: string | undefined;
  /** Whether the utterance goes on with a sentence that the one before left open. */
  isContinuing: boolean;
  /** The utterance so far, 16 kHz mono in -1..1. */
  samples: Float32Array;
  /** The text of a second hearing of the same audio; undefined when there is none. */
  hearAgain(): Promise<string | undefined>;
}

/** Whether the speaker has finished: `complete`, is in the middle of a sentence: `open`, or nobody can tell: `unknown`. */
export type PauseVerdict = 'complete' | 'open' | 'unknown';

/**
 * Judges pauses. The verdict decides how long a silence ends the utterance. A judge may read the text, as `SentenceJudge` does, or
 * hear the audio, as a turn model would.
 */
export interface PauseJudge {
  judge(pause: Pause): PauseVerdict | Promise<PauseVerdict>;
}
