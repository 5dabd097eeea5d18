import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { ByteWindow } from '../byte-window.js';
import type { FrameStream } from './frame-chain.js';
import { ForwardingSegment, type SegmentDecoder } from './segment-decoder.js';

/** Reads on in a recording until it is known how it can be decoded. */
export interface Layout {
  /**
   * `live` when what it takes to decode the audio comes before the audio, `whole` when it comes behind.
   * @throws DecodeFailedError
   */
  write(bytes: Buffer): 'live' | 'whole' | undefined;
  /** See `SegmentDecoder.mayHold`. Asked of a recording of which all was written. */
  mayHold?(stream: FrameStream): boolean;
}

/** A recording that is decoded as it comes when its index comes first, else when it is complete. */
export class LayoutSegment extends ForwardingSegment {
  private readonly beginning: ByteWindow;

  constructor(
    private readonly layout: Layout,
    private readonly open: Record<'live' | 'whole', () => SegmentDecoder>,
    private readonly maxBeginningBytes: number,
  ) {
    super();
    this.beginning = new ByteWindow(2 * maxBeginningBytes);
  }

  override async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    const choice = this.layout.write(bytes);
    if (this.inner !== undefined) {
      yield* super.write(bytes);
      return;
    }
    this.beginning.append(bytes);
    if (choice !== undefined) yield* this.begin(this.open[choice](), this.beginning);
    else if (this.beginning.length > this.maxBeginningBytes)
      throw new DecodeFailedError('The recording begins with neither index nor audio.');
  }

  override async *finish(): AsyncGenerator<Int16Array> {
    if (this.inner === undefined) throw new DecodeFailedError('The recording ends within its header.');
    yield* super.finish();
  }

  override mayHold(stream: FrameStream): boolean {
    return this.layout.mayHold?.(stream) ?? false;
  }
}
