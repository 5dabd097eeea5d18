import type { AudioFormat } from '../audio/encoding/audio-format.js';

/** Where the bytes of a speech come from: the disk, a provider, or a call that somebody else has begun. */
export type SpeechSource = 'hit' | 'miss' | 'join';

/** A speech whose first byte is there. */
export interface Speech {
  provider: string;
  source: SpeechSource;
  format: AudioFormat;
  /** From the request until the first byte. */
  firstByteMs: number;
  /** Length of the file, when it is complete already. */
  totalBytes?: number;
  /** Strong, as HTTP writes it: the hash of the file, when it is complete already. */
  etag?: string;
  /** The bytes of the file. Leaving the iteration ends this listener's part. */
  audio: AsyncIterable<Uint8Array>;
}
