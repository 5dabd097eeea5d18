import { UnsupportedAudioError } from '../../common/errors/session-errors.js';
import type { ConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import type { DecoderLimits, RecordingAllowance } from '../decoder-limits.js';
import { FfmpegSegment } from '../ffmpeg/ffmpeg-segment.js';
import { FileSegment } from '../ffmpeg/file-segment.js';
import { parseAc3Frame } from '../frames/ac3-frame.js';
import { AlignedSegment } from '../frames/aligned-segment.js';
import { parseAdtsFrame, parseMp3Frame } from '../frames/mpeg-frame.js';
import { TaggedSegment } from '../frames/tagged-segment.js';
import { AiffLayout, CafLayout } from '../layouts/chunk-layouts.js';
import { DeclaredLayout } from '../layouts/declared-layout.js';
import { Mp4Layout } from '../layouts/mp4-layout.js';
import { OggDemuxer } from '../ogg/ogg-demuxer.js';
import { OpusDecoderPool } from '../opus/opus-decoder-pool.js';
import { OpusSegment } from '../opus/opus-segment.js';
import { OpusStreamDecoder } from '../opus/opus-stream-decoder.js';
import { WavDecoder } from '../pcm/wav-decoder.js';
import { FlacReplay } from '../replay/flac-replay.js';
import { FragmentReplay } from '../replay/fragment-replay.js';
import { FrameReplay } from '../replay/frame-replay.js';
import { type Replay, StartReplay } from '../replay/replay.js';
import { WebmDemuxer } from '../webm/webm-demuxer.js';
import type { Workload } from '../workload.js';
import { FallbackSegment } from './fallback-segment.js';
import { type Layout, LayoutSegment } from './layout-segment.js';
import { ForwardingSegment, type Container, type SegmentDecoder } from './segment-decoder.js';

type OwnContainer = 'webm' | 'ogg' | 'wav';

/** The decoders that are processes of their own, and how many there may be. */
export interface FfmpegDecoders {
  path: string;
  /** A place is held from the header of a recording to its end, so that a recording is refused at its start or not at all. */
  concurrency?: ConcurrencyLimit | undefined;
}

export interface SegmentOpenerOptions {
  limits: DecoderLimits;
  ffmpeg: FfmpegDecoders | undefined;
  work: Workload;
  allowance: RecordingAllowance;
}

/** What a process counts in the allowance, besides its recording. */
const RECORDINGS_PER_PROCESS = 2;

/** Containers whose first bytes do not tell how they can be decoded. */
const LAYOUTS: Partial<Record<Container, () => Layout>> = {
  mp4: () => new Mp4Layout(),
  caf: () => new CafLayout(),
  aiff: () => new AiffLayout(),
  w64: () => new DeclaredLayout('w64'),
  asf: () => new DeclaredLayout('asf'),
};

/** Opens the decoders of one session's recordings, and frees what they share. */
export class SegmentOpener {
  private readonly limits: DecoderLimits;
  private readonly work: Workload;
  private readonly opusDecoders: OpusDecoderPool;

  constructor(private readonly options: SegmentOpenerOptions) {
    this.limits = options.limits;
    this.work = options.work;
    this.opusDecoders = new OpusDecoderPool(options.work);
  }

  /**
   * Chooses the decoder of a recording: in process where we can, else ffmpeg.
   * @throws OverloadedError when too many need ffmpeg already
   */
  async open(container: Container): Promise<SegmentDecoder> {
    const { ffmpeg } = this.options;
    if (isOwn(container)) {
      const own = await this.openInProcess(container);
      if (ffmpeg === undefined) return own;
      // WebM, Ogg and WAV may hold codecs that only ffmpeg knows.
      return new FallbackSegment(
        own,
        container,
        () => this.openLimited(ffmpeg, container),
        this.limits.maxElementBytes,
      );
    }
    if (ffmpeg === undefined)
      throw new UnsupportedAudioError(
        'This server decodes WebM, Ogg, WAV and raw PCM only: it has no ffmpeg.',
      );
    return this.openLimited(ffmpeg, container);
  }

  free(): void {
    this.opusDecoders.free();
  }

  private async openInProcess(container: OwnContainer): Promise<SegmentDecoder> {
    const { limits, work } = this;
    if (container === 'wav') return new WavDecoder(limits, undefined, work);
    const Demuxer = container === 'webm' ? WebmDemuxer : OggDemuxer;
    const decoder = await OpusStreamDecoder.create(this.opusDecoders, work);
    return new OpusSegment(decoder, (listener) => new Demuxer(limits, work, listener));
  }

  private openLimited({ path, concurrency }: FfmpegDecoders, container: Container): SegmentDecoder {
    this.options.allowance.begin(RECORDINGS_PER_PROCESS);
    const release = concurrency?.acquire();
    const segment = this.openByFfmpeg(path, container);
    return release === undefined ? segment : new LimitedSegment(segment, release);
  }

  private openByFfmpeg(path: string, container: Container): SegmentDecoder {
    const live = (format: Container): SegmentDecoder =>
      new FfmpegSegment(path, { format }, this.replayOf(format), this.limits);
    const layout = LAYOUTS[container];
    if (layout !== undefined) {
      const whole = (): SegmentDecoder => new FileSegment(path, container, this.limits);
      return new LayoutSegment(layout(), { live: () => live(container), whole }, this.limits.maxElementBytes);
    }
    if (container === 'mp3') return new TaggedSegment(live, this.limits.maxSkippedBytes);
    return container === 'aac' ? new AlignedSegment(live('aac'), parseAdtsFrame, this.work) : live(container);
  }

  private replayOf(container: Container): Replay {
    if (container === 'mp4') return new FragmentReplay(this.work);
    if (container === 'flac') return new FlacReplay(this.work);
    if (container === 'aac') return new FrameReplay(parseAdtsFrame, this.work);
    if (container === 'mp3') return new FrameReplay(parseMp3Frame, this.work);
    if (container === 'ac3' || container === 'eac3') return new FrameReplay(parseAc3Frame, this.work);
    return new StartReplay();
  }
}

function isOwn(container: Container): container is OwnContainer {
  return container === 'webm' || container === 'ogg' || container === 'wav';
}

/** A recording that holds a place of a concurrency limit until it is freed. */
class LimitedSegment extends ForwardingSegment {
  constructor(
    segment: SegmentDecoder,
    private readonly release: () => void,
  ) {
    super(segment);
  }

  override free(): void {
    super.free();
    this.release();
  }
}
