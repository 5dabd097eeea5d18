import type { LateAudio, SegmentDecoder } from '../session/segment-decoder.js';
import { LONGEST_HEADER_BYTES, type FrameParser } from './mpeg-frame.js';

/** More than two frames of any kind. */
const MAX_UNALIGNED_BYTES = 32_768;

/**
 * A stream of frames that may begin in the midst of one, of which nothing can be heard. ffmpeg finds the next frame of MP3 by
 * itself, of ADTS only when it is told to look far ahead, which would delay all the audio.
 */
export class AlignedSegment implements SegmentDecoder {
  private unaligned: Buffer | undefined = Buffer.alloc(0);
  private skippedBytes = 0;

  constructor(
    private readonly segment: SegmentDecoder,
    private readonly parse: FrameParser,
  ) {}

  get late(): LateAudio | undefined {
    return this.segment.late;
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.unaligned === undefined) {
      yield* this.segment.push(bytes);
      return;
    }
    this.unaligned = Buffer.concat([this.unaligned, bytes]);
    const at = firstFrame(this.unaligned, this.parse);
    if (at === undefined && this.unaligned.length <= MAX_UNALIGNED_BYTES) return;
    yield* this.begin(at ?? 0);
  }

  async *finish(): AsyncGenerator<Int16Array> {
    yield* this.begin(0);
    yield* this.segment.finish();
  }

  free(): void {
    this.segment.free();
  }

  settledAt(bytes: number): number | undefined {
    return this.segment.settledAt(Math.max(0, bytes - this.skippedBytes));
  }

  private async *begin(at: number): AsyncGenerator<Int16Array> {
    const start = this.unaligned?.subarray(at);
    this.unaligned = undefined;
    if (start === undefined) return;
    this.skippedBytes = at;
    yield* this.segment.push(start);
  }
}

/** Where the first frame begins: at once, else where another one follows it. */
function firstFrame(bytes: Buffer, parse: FrameParser): number | undefined {
  for (let at = 0; at + LONGEST_HEADER_BYTES <= bytes.length; at++) {
    const frame = parse(bytes.subarray(at));
    if (frame === undefined) continue;
    if (at === 0 || parse(bytes.subarray(at + frame.bytes)) !== undefined) return at;
  }
  return undefined;
}
