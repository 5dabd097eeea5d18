/** What a client may declare. `auto` sniffs the container; raw PCM cannot be sniffed and has to be declared. */
export const AUDIO_CODECS = [
  'auto',
  'webm',
  'ogg',
  'wav',
  'mp4',
  'aac',
  'mp3',
  'flac',
  's16le',
  'f32le',
] as const;
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
 * recording whose audio follows without a gap. The samples do not depend on how the bytes were cut into chunks.
 */
export interface AudioDecoder {
  /**
   * Gives the audio of the chunks as soon as it is complete, in blocks of about a second at most, and frees the decoder at the
   * end. To be called once. The next chunk is taken when the audio of the last one was read, so that reading slowly is the
   * backpressure: a few kilobytes of compressed silence can hold minutes of audio. Only what is decoded by a process of its own
   * may still arrive while the next chunk is awaited.
   * @throws UnsupportedAudioError when the container or its codec is unknown
   * @throws OverloadedError when the container needs a process of its own and there are too many already
   * @throws DecodeFailedError when the content is too damaged to go on
   */
  decode(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Int16Array>;

  /**
   * The sample from which on the first `bytes` bytes of the session contribute no audio. Once all audio before it is stored these
   * bytes are no longer needed: a decoder that knows the header of their recording could begin behind them. Undefined while that
   * is unknown. Call it with `bytes` that never decrease; it may be called while the decoder runs.
   */
  durableFrom(bytes: number): number | undefined;

  /** Frees the decoder early; what is decoded then is incomplete. May be called more than once and after the end. */
  free(): void;
}
