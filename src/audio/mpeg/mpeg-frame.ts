/** What a stream of self-contained frames goes on with. */
export interface MpegFrame {
  bytes: number;
  /** Samples of the recording at its own rate; 0 of what is no audio. */
  samples: number;
  sampleRate: number;
  /** Samples that the decoder leaves out at the start of the recording because of what this frame says. */
  delaySamples: number;
}

/** The frame at the start of `bytes`; undefined when none begins there. Needs as many bytes as `LONGEST_HEADER_BYTES`. */
export type FrameParser = (bytes: Buffer) => MpegFrame | undefined;

/** ADTS needs 7, an Info tag of MP3 with side information and LAME's part 182. */
export const LONGEST_HEADER_BYTES = 192;
