import { DecodeFailedError } from '../../common/errors/session-errors.js';
import type { DecoderLimits } from '../decoder-limits.js';
import { FfmpegSegment } from '../ffmpeg/ffmpeg-segment.js';
import type { LateAudio, SegmentDecoder } from '../session/segment-decoder.js';
import { FragmentReplay } from './fragment-replay.js';
import { Mp4BoxWalker } from './mp4-boxes.js';
import { Mp4FileSegment } from './mp4-file-segment.js';

/** MP4: decoded as it comes when the index comes first (Safari's recorder, streams), else when it is complete. */
export class Mp4Segment implements SegmentDecoder {
  private readonly walker = new Mp4BoxWalker();
  private beginning: Buffer[] = [];
  private beginningBytes = 0;
  private chosen: SegmentDecoder | undefined;

  constructor(
    private readonly path: string,
    private readonly limits: DecoderLimits,
  ) {}

  get late(): LateAudio | undefined {
    return this.chosen?.late;
  }

  async *push(bytes: Buffer): AsyncGenerator<Int16Array> {
    if (this.chosen !== undefined) {
      yield* this.chosen.push(bytes);
      return;
    }
    this.keep(bytes);
    this.chosen = await this.choose(bytes);
    if (this.chosen === undefined) return;
    for (const part of this.beginning) yield* this.chosen.push(part);
    this.beginning = [];
  }

  async *finish(): AsyncGenerator<Int16Array> {
    if (this.chosen === undefined) throw new DecodeFailedError('The recording ends within its header.');
    yield* this.chosen.finish();
  }

  free(): void {
    this.chosen?.free();
  }

  settledAt(bytes: number): number | undefined {
    return this.chosen?.settledAt(bytes);
  }

  private keep(bytes: Buffer): void {
    this.beginning.push(Buffer.from(bytes));
    this.beginningBytes += bytes.length;
    if (this.beginningBytes > this.limits.maxElementBytes)
      throw new DecodeFailedError('The MP4 recording begins with neither index nor audio.');
  }

  /** By what comes first, the index (`moov`) or the audio (`mdat`). */
  private async choose(bytes: Buffer): Promise<SegmentDecoder | undefined> {
    for (const { type, isStart } of this.walker.push(bytes)) {
      if (isStart && type === 'moov')
        return new FfmpegSegment(this.path, { format: 'mp4' }, new FragmentReplay(), this.limits);
      if (isStart && type === 'mdat') return Mp4FileSegment.create(this.path, this.limits);
      if (isStart && type === 'moof')
        throw new DecodeFailedError('The MP4 recording comes without its initialisation segment.');
    }
    return undefined;
  }
}
