import { InvalidInputError } from '../common/errors/caller-errors.js';
import { UnsupportedAudioError } from '../common/errors/session-errors.js';
import type { AudioDecoder, AudioFormatDeclaration } from './audio-decoder.js';
import { DEFAULT_DECODER_LIMITS, type DecoderLimits } from './decoder-limits.js';
import { FfmpegSegment } from './ffmpeg/ffmpeg-segment.js';
import { FrameReplay } from './ffmpeg/frame-replay.js';
import type { Replay } from './ffmpeg/replay.js';
import { StartReplay } from './ffmpeg/start-replay.js';
import { Mp4Segment } from './mp4/mp4-segment.js';
import { parseAdtsFrame } from './mpeg/adts-frame.js';
import { parseMp3Frame } from './mpeg/mp3-frame.js';
import { OggDecoder } from './ogg/ogg-decoder.js';
import type { PcmFormat } from './pcm/pcm-decoder.js';
import { RawPcmSession } from './pcm/raw-pcm-session.js';
import { RecordingDecoder, type OpenSegment } from './session/recording-decoder.js';
import { WavDecoder } from './wav/wav-decoder.js';
import { WebmDecoder } from './webm/webm-decoder.js';

const MIN_SAMPLE_RATE = 8_000;
const MAX_SAMPLE_RATE = 48_000;
const MAX_CHANNELS = 8;
/** Magic and STREAMINFO block. RFC 9639, section 8. */
const FLAC_HEADER_BYTES = 42;

export interface AudioDecoderOptions {
  limits?: DecoderLimits;
  /** Decodes what is not decoded in process (MP4, AAC, MP3, FLAC); without it those are unsupported. */
  ffmpegPath?: string | undefined;
}

/**
 * The decoder for one session. Containers tell what they are, so a declared one is only a hint and the bytes decide; raw PCM
 * is believed.
 * @throws InvalidInputError when raw PCM is declared without a usable rate
 */
export function createAudioDecoder(
  declaration: AudioFormatDeclaration,
  { limits = DEFAULT_DECODER_LIMITS, ffmpegPath }: AudioDecoderOptions = {},
): AudioDecoder {
  if (declaration.codec === 's16le' || declaration.codec === 'f32le')
    return new RawPcmSession(pcmFormat(declaration.codec, declaration));
  return new RecordingDecoder(segmentsWith(limits, ffmpegPath), declaration.codec);
}

function segmentsWith(limits: DecoderLimits, ffmpegPath: string | undefined): OpenSegment {
  return (container) => {
    if (container === 'webm') return WebmDecoder.create(limits);
    if (container === 'ogg') return OggDecoder.create(limits);
    if (container === 'wav') return new WavDecoder(limits);
    if (ffmpegPath === undefined)
      throw new UnsupportedAudioError(
        'This server decodes WebM, Ogg, WAV and raw PCM only: it has no ffmpeg.',
      );
    if (container === 'mp4') return new Mp4Segment(ffmpegPath, limits);
    return new FfmpegSegment(ffmpegPath, { format: container }, replayOf(container), limits);
  };
}

function replayOf(container: 'aac' | 'mp3' | 'flac'): Replay {
  if (container === 'flac') return new StartReplay(FLAC_HEADER_BYTES);
  return new FrameReplay(container === 'aac' ? parseAdtsFrame : parseMp3Frame);
}

function pcmFormat(
  encoding: 's16le' | 'f32le',
  { sampleRate, channels = 1 }: AudioFormatDeclaration,
): PcmFormat {
  if (sampleRate === undefined || !isWithin(sampleRate, MIN_SAMPLE_RATE, MAX_SAMPLE_RATE))
    throw new InvalidInputError(
      'format.sampleRate',
      `Raw PCM needs a sample rate of ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE} Hz.`,
    );
  if (!isWithin(channels, 1, MAX_CHANNELS))
    throw new InvalidInputError('format.channels', `Raw PCM has 1 to ${MAX_CHANNELS} channels.`);
  return { encoding, sampleRate, channels };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
