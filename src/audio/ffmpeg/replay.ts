/** Remembers of a stream what a fresh process needs to go on where one has died. */
export interface Replay {
  /** Takes note of bytes on their way to the process. */
  note(bytes: Buffer): void;
  /**
   * What to feed a fresh process so that it goes on; undefined when it cannot.
   * @param given samples that are known already
   */
  from(given: number): Resumption | undefined;
  /** See `SegmentDecoder.settledAt`. */
  settledAt(bytes: number): number | undefined;
}

export interface Resumption {
  bytes: readonly Buffer[];
  /** Sample of the recording with which the output of the fresh process begins. */
  position: number;
}
