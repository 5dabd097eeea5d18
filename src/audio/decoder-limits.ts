/** Bounds of what a recording may make us keep or wade through. Beyond them it counts as damaged. */
export interface DecoderLimits {
  /** Largest element, page or chunk that is kept whole in memory: block, track description, format header. */
  maxElementBytes: number;
  /** Largest element that is passed over unread: padding, tags, cover art. */
  maxSkippedBytes: number;
  /** Rubbish read in search of the next intact cluster or page. */
  maxResyncBytes: number;
  /** Largest temporary file for a recording that can only be read when it is complete (MP4 with its index at the end). */
  maxSpooledBytes: number;
  /** Recordings that a session may begin ahead of its audio, see `RecordingAllowance`. One that needs a process counts as three. */
  maxRecordings: number;
  /** A decoder process that neither takes nor gives anything for this long, although it should, counts as dead. */
  stallMs: number;
}

export const DEFAULT_DECODER_LIMITS: DecoderLimits = {
  maxElementBytes: 131_072,
  maxSkippedBytes: 8_388_608,
  maxResyncBytes: 1_048_576,
  maxSpooledBytes: 67_108_864,
  maxRecordings: 100,
  stallMs: 10_000,
};
