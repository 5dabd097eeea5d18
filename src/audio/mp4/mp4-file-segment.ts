import type { DecoderLimits } from '../decoder-limits.js';
import { FfmpegSegment } from '../ffmpeg/ffmpeg-segment.js';
import type { Replay } from '../ffmpeg/replay.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import { SpooledFile } from './spooled-file.js';

/** A file is simply read again from its beginning. */
const FILE_REPLAY: Replay = {
  note: () => undefined,
  from: () => ({ bytes: [], position: 0 }),
  settledAt: () => undefined,
};

/** MP4 with its index behind the audio, as phones save it: nothing can be heard before all of it is there. */
export class Mp4FileSegment implements SegmentDecoder {
  private segment: FfmpegSegment | undefined;
  private isFreed = false;

  private constructor(
    private readonly path: string,
    private readonly limits: DecoderLimits,
    private readonly file: SpooledFile,
  ) {}

  static async create(path: string, limits: DecoderLimits): Promise<Mp4FileSegment> {
    return new Mp4FileSegment(path, limits, await SpooledFile.create(limits.maxSpooledBytes));
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    await this.file.append(bytes);
    yield* [];
  }

  async *finish(): AsyncGenerator<Int16Array> {
    const file = await this.file.complete();
    if (this.isFreed) return;
    this.segment = new FfmpegSegment(this.path, { format: 'mp4', file }, FILE_REPLAY, this.limits);
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
