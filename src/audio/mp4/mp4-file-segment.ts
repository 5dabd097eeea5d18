import { DecodeFailedError } from '../../common/errors/session-errors.js';
import { FfmpegProcess } from '../ffmpeg/ffmpeg-process.js';
import { SampleReader } from '../ffmpeg/sample-reader.js';
import type { SegmentDecoder } from '../session/segment-decoder.js';
import { SpooledFile } from './spooled-file.js';

/** MP4 with its index behind the audio, as phones save it: nothing can be heard before all of it is there. */
export class Mp4FileSegment implements SegmentDecoder {
  private process: FfmpegProcess | undefined;
  private isFreed = false;

  private constructor(
    private readonly path: string,
    private readonly file: SpooledFile,
  ) {}

  static async create(path: string, maxBytes: number): Promise<Mp4FileSegment> {
    return new Mp4FileSegment(path, await SpooledFile.create(maxBytes));
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    await this.file.append(bytes);
    yield* [];
  }

  async *finish(): AsyncGenerator<Int16Array> {
    const process = new FfmpegProcess(this.path, { format: 'mp4', file: await this.file.complete() });
    this.process = process;
    const reader = new SampleReader(0);
    while (!this.isFreed) {
      for (let bytes = process.read(); bytes !== null; bytes = process.read()) yield reader.read(bytes);
      if (process.isOver) break;
      await process.change();
    }
    if (process.hasFailed) throw new DecodeFailedError('The MP4 recording is damaged.');
  }

  free(): void {
    this.isFreed = true;
    this.process?.kill();
    this.file.remove();
  }
}
