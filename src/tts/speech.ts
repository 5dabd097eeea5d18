import type { AudioFormat } from '../audio/encoding/audio-format.js';

/** A synthesis whose first byte is there. */
export interface Speech {
  provider: string;
  format: AudioFormat;
  /** From the request to the provider until its first byte. */
  upstreamMs: number;
  /** The bytes of the file. Leaving the iteration ends the synthesis. */
  audio: AsyncIterable<Uint8Array>;
}
