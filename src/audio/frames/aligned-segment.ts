import { ByteWindow } from '../byte-window.js';
import { ForwardingSegment, type SegmentDecoder } from '../recording/segment-decoder.js';
import type { Workload } from '../workload.js';
import { LONGEST_HEADER_BYTES, type FrameParser } from './mpeg-frame.js';

/** More than two frames of any kind. */
const MAX_UNALIGNED_BYTES = 32_768;
const MAX_WINDOW_BYTES = 131_072;

/**
 * A stream of frames that may begin within a frame, which cannot be decoded. ffmpeg finds the next frame of MP3 by itself. It finds
 * that of ADTS only with a long look-ahead, which would delay all the audio, so it is looked for here.
 */
export class AlignedSegment extends ForwardingSegment {
  private unaligned: ByteWindow | undefined = new ByteWindow(MAX_WINDOW_BYTES);
  /** Bytes of it at which no frame begins. */
  private passed = 0;
  private skippedBytes = 0;

  constructor(
    segment: SegmentDecoder,
    private readonly parse: FrameParser,
    private readonly work: Workload,
  ) {
    super(segment);
  }

  override async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.unaligned === undefined) {
      yield* super.write(bytes);
      return;
    }
    this.unaligned.append(bytes);
    const isFound = this.seek(this.unaligned.bytes);
    if (isFound || this.unaligned.length > MAX_UNALIGNED_BYTES)
      yield* this.beginAt(isFound ? this.passed : 0);
  }

  override async *finish(): AsyncGenerator<Int16Array> {
    yield* this.beginAt(0);
    yield* super.finish();
  }

  override durableFrom(bytes: number): number | undefined {
    return super.durableFrom(Math.max(0, bytes - this.skippedBytes));
  }

  /** Moves to the first frame: at the first byte, else where another frame follows it. @returns whether there is one */
  private seek(bytes: Buffer): boolean {
    for (; this.passed + LONGEST_HEADER_BYTES <= bytes.length; this.passed++) {
      this.work.add('bytes', 1);
      if (bytes[this.passed] !== 0xff) continue;
      const frame = this.parse(bytes.subarray(this.passed));
      if (frame === undefined) continue;
      if (this.passed === 0) return true;
      const next = this.passed + frame.bytes;
      if (next + LONGEST_HEADER_BYTES > bytes.length) return false;
      if (this.parse(bytes.subarray(next)) !== undefined) return true;
    }
    return false;
  }

  private async *beginAt(at: number): AsyncGenerator<Int16Array> {
    const start = this.unaligned?.bytes.subarray(at);
    this.unaligned = undefined;
    if (start === undefined || start.length === 0) return;
    this.skippedBytes = at;
    yield* super.write(start);
  }
}
