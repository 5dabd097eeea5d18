import type { DecoderLimits } from '../decoder-limits.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import type { FfmpegFormat } from './ffmpeg-process.js';
import { FfmpegSegment } from './ffmpeg-segment.js';
import type { Replay } from './replay.js';
import { SpooledFile } from './spooled-file.js';

/** A file is simply read again from its beginning. */
const FILE_REPLAY: Replay = {
  note: () => undefined,
  from: () => ({ bytes: [], position: 0 }),
  settledAt: () => undefined,
};

/** A recording whose index is behind its audio, as phones save it: nothing can be heard before all of it is there. */
export class FileSegment implements SegmentDecoder {
  private segment: FfmpegSegment | undefined;
  private isFreed = false;
  private readonly file: SpooledFile;

  constructor(
    private readonly path: string,
    private readonly format: FfmpegFormat,
    private readonly limits: DecoderLimits,
  ) {
    this.file = SpooledFile.create(limits.maxSpooledBytes);
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    await this.file.append(bytes);
    yield* [];
  }

  async *finish(): AsyncGenerator<Int16Array> {
    if (this.isFreed) return;
    const input = { format: this.format, file: this.file.descriptor };
    this.segment = new FfmpegSegment(this.path, input, FILE_REPLAY, this.limits);
    yield* this.segment.finish();
  }

  /** Without the index, which comes last, none of its bytes can be decoded. */
  settledAt(): undefined {
    return undefined;
  }

  free(): void {
    this.isFreed = true;
    this.segment?.free();
    this.file.remove();
  }
}
