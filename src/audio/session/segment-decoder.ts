/** The containers a session may carry, each with a decoder of its own. */
export type Container = 'webm' | 'ogg' | 'wav' | 'mp4' | 'aac' | 'mp3' | 'flac';

/**
 * Decodes one recording, from its header on. A session is one or more of them: a recorder that is stopped and started again
 * writes a new header. Results are read to their end before the next call.
 */
export interface SegmentDecoder {
  push(bytes: Buffer): Iterable<Int16Array> | AsyncIterable<Int16Array>;
  finish(): Iterable<Int16Array> | AsyncIterable<Int16Array>;
  free(): void;
  /** As `AudioDecoder.settledAt`, in bytes and samples of this recording. */
  settledAt(bytes: number): number | undefined;
  /** Only of decoders in a process of their own, which answer when they like. */
  readonly late?: LateAudio | undefined;
}

export interface LateAudio {
  /** Settles as soon as there is audio to take. */
  ready(): Promise<void>;
  take(): Iterable<Int16Array>;
}
