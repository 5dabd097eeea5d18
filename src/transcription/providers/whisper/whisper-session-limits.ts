export interface WhisperSessionLimits {
  /** Audio kept for another worker, and so the most that may be uncommitted. */
  ringMs: number;
  /** How long a new session looks for a worker. */
  openMs: number;
  /** How long a running session looks for another worker. */
  failoverMs: number;
  /** Longest utterance of the workers: a worker that commits nothing for longer, and audio waiting, is stuck. */
  maxUtteranceMs: number;
}
