import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import type { LateAudio, SegmentDecoder } from './segment-decoder.js';

/**
 * A recording that is decoded in process if its codec allows it. When the decoder says that it does not, another one starts over
 * from the beginning, which is kept until then.
 */
export class FallbackSegment implements SegmentDecoder {
  private beginning: Buffer[] | undefined = [];
  private beginningBytes = 0;

  constructor(
    private current: SegmentDecoder,
    private readonly openOther: () => SegmentDecoder,
    private readonly maxBeginningBytes: number,
  ) {}

  get late(): LateAudio | undefined {
    return this.current.late;
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.beginning === undefined) {
      yield* this.current.push(bytes);
      return;
    }
    this.keep(bytes);
    try {
      for await (const block of this.current.push(bytes)) {
        this.beginning = undefined;
        yield block;
      }
    } catch (error) {
      if (!(error instanceof UnsupportedAudioError) || this.beginning === undefined) throw error;
      yield* this.startOver(this.beginning, error);
    }
  }

  finish(): AsyncIterable<Int16Array> | Iterable<Int16Array> {
    return this.current.finish();
  }

  free(): void {
    this.current.free();
  }

  settledAt(bytes: number): number | undefined {
    return this.current.settledAt(bytes);
  }

  private keep(bytes: Buffer): void {
    this.beginning!.push(Buffer.from(bytes));
    this.beginningBytes += bytes.length;
    if (this.beginningBytes > this.maxBeginningBytes) this.beginning = undefined;
  }

  private async *startOver(
    beginning: readonly Buffer[],
    reason: UnsupportedAudioError,
  ): AsyncGenerator<Int16Array> {
    this.current.free();
    this.current = new ExplainedSegment(this.openOther(), reason);
    this.beginning = undefined;
    for (const bytes of beginning) yield* this.current.push(bytes);
  }
}

/** Gives the first decoder's reason when the other one makes nothing of the recording either. */
class ExplainedSegment implements SegmentDecoder {
  private hasAudio = false;

  constructor(
    private readonly segment: SegmentDecoder,
    private readonly reason: UnsupportedAudioError,
  ) {}

  get late(): LateAudio | undefined {
    return this.segment.late;
  }

  push(bytes: Buffer): AsyncIterable<Int16Array> {
    return this.explain(this.segment.push(bytes));
  }

  finish(): AsyncIterable<Int16Array> {
    return this.explain(this.segment.finish());
  }

  free(): void {
    this.segment.free();
  }

  settledAt(bytes: number): number | undefined {
    return this.segment.settledAt(bytes);
  }

  private async *explain(
    blocks: Iterable<Int16Array> | AsyncIterable<Int16Array>,
  ): AsyncGenerator<Int16Array> {
    try {
      for await (const block of blocks) {
        this.hasAudio = true;
        yield block;
      }
    } catch (error) {
      throw error instanceof DecodeFailedError && !this.hasAudio ? this.reason : error;
    }
  }
}
