import { ByteWindow } from '../byte-window.js';
import { ForwardingSegment, type SegmentDecoder } from '../recording/segment-decoder.js';
import type { Workload } from '../workload.js';
import { LONGEST_HEADER_BYTES, type FrameParser } from './mpeg-frame.js';

/** More than two frames of any kind. */
const MAX_UNALIGNED_BYTES = 32_768;
const MAX_WINDOW_BYTES = 131_072;

/**
 * A stream of frames that may begin in the midst of one, of which nothing can be heard. ffmpeg finds the next frame of MP3 by
 * itself, of ADTS only when it is told to look far ahead, which would delay all the audio.
 */
export class AlignedSegment extends ForwardingSegment {
  private unaligned: ByteWindow | undefined = new ByteWindow(MAX_WINDOW_BYTES);
  /** What of that begins no frame. */
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

  /** Goes to the first frame: at once, else where another one follows it. Tells whether there is one. */
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
