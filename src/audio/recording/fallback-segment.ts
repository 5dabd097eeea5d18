import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import { carriesFrames } from '../layouts/declared-layout.js';
import type { FrameStream } from './frame-chain.js';
import type { Container, AsyncAudio, SegmentDecoder } from './segment-decoder.js';

/** Handed on at a time of what was kept, so that it is taken in no faster than it is decoded. */
const PIECE_BYTES = 16_384;

/**
 * A recording that is decoded in process if its codec allows it. When the decoder says that it does not, another one starts over
 * from the beginning, which is kept until then.
 */
export class FallbackSegment implements SegmentDecoder {
  private beginning: ByteWindow | undefined;
  private carried: ReadonlySet<FrameStream> = new Set();

  constructor(
    private current: SegmentDecoder,
    private readonly container: Container,
    private readonly openOther: () => SegmentDecoder,
    private readonly maxBeginningBytes: number,
  ) {
    this.beginning = new ByteWindow(2 * maxBeginningBytes);
  }

  get asyncAudio(): AsyncAudio | undefined {
    return this.current.asyncAudio;
  }

  async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.beginning === undefined) {
      yield* this.current.write(bytes);
      return;
    }
    this.beginning.append(bytes);
    if (this.beginning.length > this.maxBeginningBytes) this.beginning = undefined;
    try {
      for await (const block of this.current.write(bytes)) {
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

  durableFrom(bytes: number): number | undefined {
    return this.current.durableFrom(bytes);
  }

  mayHold(stream: FrameStream): boolean {
    return this.carried.has(stream);
  }

  private async *startOver(beginning: ByteWindow, reason: UnsupportedAudioError): AsyncGenerator<Int16Array> {
    this.current.free();
    this.current = new ExplainedSegment(this.openOther(), reason);
    this.beginning = undefined;
    this.carried = carriesFrames(this.container, beginning.bytes);
    while (beginning.length > 0) {
      const piece = beginning.bytes.subarray(0, PIECE_BYTES);
      yield* this.current.write(piece);
      beginning.consume(piece.length);
    }
  }
}

/** Gives the first decoder's reason when the other one makes nothing of the recording either. */
class ExplainedSegment implements SegmentDecoder {
  private hasAudio = false;

  constructor(
    private readonly segment: SegmentDecoder,
    private readonly reason: UnsupportedAudioError,
  ) {}

  get asyncAudio(): AsyncAudio | undefined {
    return this.segment.asyncAudio;
  }

  write(bytes: Buffer): AsyncIterable<Int16Array> {
    return this.explain(this.segment.write(bytes));
  }

  finish(): AsyncIterable<Int16Array> {
    return this.explain(this.segment.finish());
  }

  free(): void {
    this.segment.free();
  }

  durableFrom(bytes: number): number | undefined {
    return this.segment.durableFrom(bytes);
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
