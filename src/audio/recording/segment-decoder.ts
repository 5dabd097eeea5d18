import type { FrameStream } from './frame-chain.js';

/** The containers a session may carry, by the names that ffmpeg has for them; `wav` includes RF64, `asf` is WMA's. */
export const CONTAINERS = [
  'webm',
  'ogg',
  'wav',
  'mp4',
  'aac',
  'mp3',
  'flac',
  'caf',
  'aiff',
  'w64',
  'au',
  'ac3',
  'eac3',
  'asf',
  'mpegts',
  'amr',
] as const;
export type Container = (typeof CONTAINERS)[number];

/**
 * Decodes one recording, from its header on. A session is one or more of them: a recorder that is stopped and started again
 * writes a new header. Results are read to their end before the next call.
 */
export interface SegmentDecoder {
  write(bytes: Buffer): Iterable<Int16Array> | AsyncIterable<Int16Array>;
  finish(): Iterable<Int16Array> | AsyncIterable<Int16Array>;
  free(): void;
  /** As `AudioDecoder.durableFrom`, in bytes and samples of this recording. */
  durableFrom(bytes: number): number | undefined;
  /** Only of decoders in a process of their own, which answer when they like. */
  readonly asyncAudio?: AsyncAudio | undefined;
  /** Whether such frames, behind what was pushed, may be part of this recording. Without it they never are. */
  mayHold?(stream: FrameStream): boolean;
}

export interface AsyncAudio {
  /** Settles as soon as there is audio to take. */
  ready(): Promise<void>;
  read(): Iterable<Int16Array>;
}
