import { DecodeFailedError, UnsupportedAudioError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import { carriesFrames } from '../layouts/declared-layout.js';
import type { FrameStream } from './frame-chain.js';
import { ForwardingSegment, type Blocks, type Container, type SegmentDecoder } from './segment-decoder.js';

/**
 * A recording that is decoded in process if its codec allows it. When the decoder says that it does not, another one starts over
 * from the beginning, which is kept until then.
 */
export class FallbackSegment extends ForwardingSegment {
  private beginning: ByteWindow | undefined;
  private carried: ReadonlySet<FrameStream> = new Set();

  constructor(
    private readonly own: SegmentDecoder,
    private readonly container: Container,
    private readonly openOther: () => SegmentDecoder,
    private readonly maxBeginningBytes: number,
  ) {
    super(own);
    this.beginning = new ByteWindow(2 * maxBeginningBytes);
  }

  override async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.beginning === undefined) {
      yield* super.write(bytes);
      return;
    }
    this.beginning.append(bytes);
    if (this.beginning.length > this.maxBeginningBytes) this.beginning = undefined;
    try {
      for await (const block of this.own.write(bytes)) {
        this.beginning = undefined;
        yield block;
      }
    } catch (error) {
      if (!(error instanceof UnsupportedAudioError) || this.beginning === undefined) throw error;
      yield* this.startOver(this.beginning, error);
    }
  }

  override mayHold(stream: FrameStream): boolean {
    return this.carried.has(stream);
  }

  private async *startOver(beginning: ByteWindow, reason: UnsupportedAudioError): AsyncGenerator<Int16Array> {
    this.own.free();
    const other = new ExplainedSegment(this.openOther(), reason);
    this.beginning = undefined;
    this.carried = carriesFrames(this.container, beginning.bytes);
    yield* this.begin(other, beginning);
  }
}

/** Gives the first decoder's reason when the other one makes nothing of the recording either. */
class ExplainedSegment extends ForwardingSegment {
  private hasAudio = false;

  constructor(
    segment: SegmentDecoder,
    private readonly reason: UnsupportedAudioError,
  ) {
    super(segment);
  }

  override write(bytes: Buffer): Blocks {
    return this.explain(super.write(bytes));
  }

  override finish(): Blocks {
    return this.explain(super.finish());
  }

  private async *explain(blocks: Blocks): AsyncGenerator<Int16Array> {
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
