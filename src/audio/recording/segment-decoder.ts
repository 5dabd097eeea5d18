import type { ByteWindow } from '../byte-window.js';
import type { FrameStream } from './frame-chain.js';

/** The containers a session may carry, by the names that ffmpeg has for them; `wav` includes RF64, `asf` is WMA's. */
const CONTAINERS = [
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

/** Speech PCM in blocks. Read to its end before the next call. */
export type Blocks = Iterable<Int16Array> | AsyncIterable<Int16Array>;

/**
 * Decodes one recording, from its header on. A session is one or more of them: a recorder that is stopped and started again
 * writes a new header.
 */
export interface SegmentDecoder {
  write(bytes: Buffer): Blocks;
  finish(): Blocks;
  free(): void;
  /** As `AudioDecoder.durableFrom`, in bytes and samples of this recording. */
  durableFrom(bytes: number): number | undefined;
  /** Only of decoders in a process of their own, which answer at any time. */
  readonly asyncAudio?: AsyncAudio | undefined;
  /** Whether such frames, behind what was written, may be part of this recording. Without it they never are. */
  mayHold?(stream: FrameStream): boolean;
}

export interface AsyncAudio {
  /** Resolves as soon as there is audio to read. */
  ready(): Promise<void>;
  read(): Iterable<Int16Array>;
}

/** Handed on at a time of what was kept, so that it is taken in no faster than it is decoded. */
const PIECE_BYTES = 16_384;

/** A segment that another one decodes, which may be chosen late; subclasses override what they do themselves. */
export abstract class ForwardingSegment implements SegmentDecoder {
  constructor(protected inner?: SegmentDecoder) {}

  get asyncAudio(): AsyncAudio | undefined {
    return this.inner?.asyncAudio;
  }

  write(bytes: Buffer): Blocks {
    return this.inner?.write(bytes) ?? [];
  }

  finish(): Blocks {
    return this.inner?.finish() ?? [];
  }

  free(): void {
    this.inner?.free();
  }

  durableFrom(bytes: number): number | undefined {
    return this.inner?.durableFrom(bytes);
  }

  mayHold(stream: FrameStream): boolean {
    return this.inner?.mayHold?.(stream) ?? false;
  }

  /** Goes on with `inner`, which is given what was kept until now. */
  protected async *begin(inner: SegmentDecoder, kept: ByteWindow): AsyncGenerator<Int16Array> {
    this.inner = inner;
    while (kept.length > 0) {
      const piece = kept.bytes.subarray(0, PIECE_BYTES);
      yield* inner.write(piece);
      kept.consume(piece.length);
    }
  }
}
