import { ByteWindow } from '../byte-window.js';
import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { FrameStream } from './frame-chain.js';
import type { AsyncAudio, SegmentDecoder } from './segment-decoder.js';

/** Reads on in a recording until it is known how it can be decoded. */
export interface Layout {
  /**
   * `live` when what it takes to decode the audio comes before the audio, `whole` when it comes behind.
   * @throws DecodeFailedError
   */
  write(bytes: Buffer): 'live' | 'whole' | undefined;
  /** See `SegmentDecoder.mayHold`. Asked of a recording of which all was pushed. */
  mayHold?(stream: FrameStream): boolean;
}

/** Handed on at a time of what was kept, so that it is taken in no faster than it is decoded. */
const PIECE_BYTES = 16_384;

/** A recording that is decoded as it comes when its index comes first, else when it is complete. */
export class LayoutSegment implements SegmentDecoder {
  private readonly beginning: ByteWindow;
  private chosen: SegmentDecoder | undefined;

  constructor(
    private readonly layout: Layout,
    private readonly open: Record<'live' | 'whole', () => SegmentDecoder>,
    private readonly maxBeginningBytes: number,
  ) {
    this.beginning = new ByteWindow(2 * maxBeginningBytes);
  }

  get asyncAudio(): AsyncAudio | undefined {
    return this.chosen?.asyncAudio;
  }

  async *write(bytes: Buffer): AsyncGenerator<Int16Array> {
    const choice = this.layout.write(bytes);
    if (this.chosen !== undefined) {
      yield* this.chosen.write(bytes);
      return;
    }
    this.beginning.append(bytes);
    if (choice !== undefined) yield* this.begin(this.open[choice]());
    else if (this.beginning.length > this.maxBeginningBytes)
      throw new DecodeFailedError('The recording begins with neither index nor audio.');
  }

  async *finish(): AsyncGenerator<Int16Array> {
    if (this.chosen === undefined) throw new DecodeFailedError('The recording ends within its header.');
    yield* this.chosen.finish();
  }

  free(): void {
    this.chosen?.free();
  }

  durableFrom(bytes: number): number | undefined {
    return this.chosen?.durableFrom(bytes);
  }

  mayHold(stream: FrameStream): boolean {
    return this.layout.mayHold?.(stream) ?? false;
  }

  private async *begin(chosen: SegmentDecoder): AsyncGenerator<Int16Array> {
    this.chosen = chosen;
    while (this.beginning.length > 0) {
      const piece = this.beginning.bytes.subarray(0, PIECE_BYTES);
      yield* chosen.write(piece);
      this.beginning.consume(piece.length);
    }
  }
}
