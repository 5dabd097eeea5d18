import type { FrameStream } from '../session/frame-chain.js';
import type { LateAudio, SegmentDecoder } from '../session/segment-decoder.js';

/** A recording that has one of a limited number of places, until it is freed. */
export class PlacedSegment implements SegmentDecoder {
  constructor(
    private readonly segment: SegmentDecoder,
    private readonly leave: () => void,
  ) {}

  get late(): LateAudio | undefined {
    return this.segment.late;
  }

  push(bytes: Buffer): Iterable<Int16Array> | AsyncIterable<Int16Array> {
    return this.segment.push(bytes);
  }

  finish(): Iterable<Int16Array> | AsyncIterable<Int16Array> {
    return this.segment.finish();
  }

  free(): void {
    this.segment.free();
    this.leave();
  }

  settledAt(bytes: number): number | undefined {
    return this.segment.settledAt(bytes);
  }

  mayHold(stream: FrameStream): boolean {
    return this.segment.mayHold?.(stream) ?? false;
  }
}
