/** Bounds of what a recording may make us keep or wade through. Beyond them it counts as damaged. */
export interface DecoderLimits {
  /** Largest element, page or chunk that is kept whole in memory: block, track description, format header. */
  maxElementBytes: number;
  /** Largest element that is passed over unread: padding, tags, cover art. */
  maxSkippedBytes: number;
  /** Rubbish read in search of the next intact cluster or page. */
  maxResyncBytes: number;
}

export const DEFAULT_DECODER_LIMITS: DecoderLimits = {
  maxElementBytes: 131_072,
  maxSkippedBytes: 8_388_608,
  maxResyncBytes: 1_048_576,
};
