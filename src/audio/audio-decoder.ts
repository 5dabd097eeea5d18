/** What a client may declare. `auto` sniffs the container; raw PCM cannot be sniffed and has to be declared. */
export const AUDIO_CODECS = ['auto', 'webm', 'ogg', 'wav', 's16le', 'f32le'] as const;
export type AudioCodec = (typeof AUDIO_CODECS)[number];

export interface AudioFormatDeclaration {
  codec: AudioCodec;
  /** Hz; needed for raw PCM, 8000 to 48000. */
  sampleRate?: number;
  /** Channels of raw PCM, mixed down to one. Default 1. */
  channels?: number;
}

/**
 * Turns the bytes of one session into speech PCM (Int16Array, 16 kHz, mono), in their order. One decoder belongs to one
 * session and holds its container state, so that later chunks need no header of their own; a second header starts a new
 * recording whose audio follows without a gap. The result does not depend on how the bytes were cut into chunks.
 *
 * Both streams have to be read to their end before the next call: a pause in reading is the backpressure, since a few
 * kilobytes of compressed silence can hold minutes of audio.
 */
export interface AudioDecoder {
  /**
   * Takes the next bytes and gives what they complete, possibly nothing yet, in blocks of at most a second or so.
   * @throws UnsupportedAudioError when the container or its codec is none that we know
   * @throws DecodeFailedError when the content is damaged beyond going on; the decoder is of no use any more
   */
  decode(chunk: Uint8Array): AsyncIterable<Int16Array>;

  /** The session is complete: gives what was still held back, and frees the decoder. */
  finish(): AsyncIterable<Int16Array>;

  /** Frees the decoder without a result. May be called more than once and after `finish`. */
  free(): void;
}
