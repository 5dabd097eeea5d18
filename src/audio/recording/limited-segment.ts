import type { FrameStream } from './frame-chain.js';
import type { AsyncAudio, SegmentDecoder } from './segment-decoder.js';

/** A recording that has one of a limited number of places, until it is freed. */
export class LimitedSegment implements SegmentDecoder {
  constructor(
    private readonly segment: SegmentDecoder,
    private readonly leave: () => void,
  ) {}

  get asyncAudio(): AsyncAudio | undefined {
    return this.segment.asyncAudio;
  }

  write(bytes: Buffer): Iterable<Int16Array> | AsyncIterable<Int16Array> {
    return this.segment.write(bytes);
  }

  finish(): Iterable<Int16Array> | AsyncIterable<Int16Array> {
    return this.segment.finish();
  }

  free(): void {
    this.segment.free();
    this.leave();
  }

  durableFrom(bytes: number): number | undefined {
    return this.segment.durableFrom(bytes);
  }

  mayHold(stream: FrameStream): boolean {
    return this.segment.mayHold?.(stream) ?? false;
  }
}
