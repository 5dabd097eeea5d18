import type { Places } from '../common/limits/places.js';
import { UnsupportedAudioError } from '../common/errors/session-errors.js';
import type { DecoderLimits } from './decoder-limits.js';
import { FfmpegSegment } from './ffmpeg/ffmpeg-segment.js';
import { FrameReplay } from './ffmpeg/frame-replay.js';
import { PlacedSegment } from './ffmpeg/placed-segment.js';
import type { Replay } from './ffmpeg/replay.js';
import { StartReplay } from './ffmpeg/start-replay.js';
import { FlacReplay } from './flac/flac-replay.js';
import { Mp4Segment } from './mp4/mp4-segment.js';
import { parseAdtsFrame } from './mpeg/adts-frame.js';
import { AlignedSegment } from './mpeg/aligned-segment.js';
import { parseMp3Frame } from './mpeg/mp3-frame.js';
import { OggDecoder } from './ogg/ogg-decoder.js';
import { FallbackSegment } from './session/fallback-segment.js';
import type { OpenSegment } from './session/recording-decoder.js';
import type { Container, SegmentDecoder } from './session/segment-decoder.js';
import { WavDecoder } from './wav/wav-decoder.js';
import { WebmDecoder } from './webm/webm-decoder.js';

type OwnContainer = 'webm' | 'ogg' | 'wav';

/** The decoders that are processes of their own, and how many there may be. */
export interface FfmpegDecoders {
  path: string;
  /** A place is held from the header of a recording to its end, so that none is refused after it was taken in. */
  places?: Pick<Places, 'take'> | undefined;
}

/**
 * Chooses the decoder of a recording: in process where we can, else ffmpeg. Opening throws OverloadedError when too many need
 * ffmpeg already.
 */
export function openSegmentsWith(limits: DecoderLimits, ffmpeg: FfmpegDecoders | undefined): OpenSegment {
  return async (container) => {
    if (isOwn(container)) {
      const own = await openInProcess(container, limits);
      if (ffmpeg === undefined) return own;
      // WebM, Ogg and WAV may hold codecs that only ffmpeg knows.
      return new FallbackSegment(own, () => openPlaced(ffmpeg, container, limits), limits.maxElementBytes);
    }
    if (ffmpeg === undefined)
      throw new UnsupportedAudioError(
        'This server decodes WebM, Ogg, WAV and raw PCM only: it has no ffmpeg.',
      );
    return openPlaced(ffmpeg, container, limits);
  };
}

function openPlaced(ffmpeg: FfmpegDecoders, container: Container, limits: DecoderLimits): SegmentDecoder {
  const leave = ffmpeg.places?.take();
  const segment =
    container === 'mp4' ? new Mp4Segment(ffmpeg.path, limits) : openFfmpeg(ffmpeg.path, container, limits);
  return leave === undefined ? segment : new PlacedSegment(segment, leave);
}

function isOwn(container: Container): container is OwnContainer {
  return container === 'webm' || container === 'ogg' || container === 'wav';
}

function openInProcess(
  container: OwnContainer,
  limits: DecoderLimits,
): SegmentDecoder | Promise<SegmentDecoder> {
  if (container === 'webm') return WebmDecoder.create(limits);
  return container === 'ogg' ? OggDecoder.create(limits) : new WavDecoder(limits);
}

function openFfmpeg(path: string, format: Exclude<Container, 'mp4'>, limits: DecoderLimits): SegmentDecoder {
  const segment = new FfmpegSegment(path, { format }, replayOf(format), limits);
  return format === 'aac' ? new AlignedSegment(segment, parseAdtsFrame) : segment;
}

function replayOf(format: Exclude<Container, 'mp4'>): Replay {
  if (format === 'aac') return new FrameReplay(parseAdtsFrame);
  if (format === 'mp3') return new FrameReplay(parseMp3Frame);
  return format === 'flac' ? new FlacReplay() : new StartReplay();
}
