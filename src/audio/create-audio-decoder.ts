import { InvalidInputError } from '../common/errors/caller-errors.js';
import type { ConcurrencyLimit, TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import type { AudioDecoder, AudioFormatDeclaration } from './audio-decoder.js';
import { type DecoderLimits, DEFAULT_DECODER_LIMITS, RecordingAllowance } from './decoder-limits.js';
import type { PcmFormat } from './pcm/pcm-decoder.js';
import { RawPcmSession } from './pcm/raw-pcm-session.js';
import { RecordingDecoder } from './recording/recording-decoder.js';
import { SegmentOpener } from './recording/segment-opener.js';
import { Workload } from './workload.js';

const MIN_SAMPLE_RATE = 8_000;
const MAX_SAMPLE_RATE = 48_000;
const MAX_CHANNELS = 8;

export interface AudioDecoderOptions {
  limits?: DecoderLimits;
  /** Counts what the session's bytes cause. */
  work?: Workload;
  /** Decodes what is not decoded in process (MP4, AAC, MP3, FLAC, rare codecs); without it those are unsupported. */
  ffmpegPath?: string | undefined;
  /** For the recordings that need ffmpeg; without it there is no limit. */
  ffmpegConcurrency?: ConcurrencyLimit | undefined;
}

/**
 * The decoder for one session. Containers tell what they are, so a declared one is only a hint and the bytes decide; raw PCM
 * is believed.
 * @throws InvalidInputError when raw PCM is declared without a usable rate
 */
export function createAudioDecoder(
  declaration: AudioFormatDeclaration,
  {
    limits = DEFAULT_DECODER_LIMITS,
    work = new Workload(),
    ffmpegPath,
    ffmpegConcurrency,
  }: AudioDecoderOptions = {},
): AudioDecoder {
  if (declaration.codec === 's16le' || declaration.codec === 'f32le')
    return new RawPcmSession(pcmFormat(declaration.codec, declaration), work);
  const ffmpeg = ffmpegPath === undefined ? undefined : { path: ffmpegPath, concurrency: ffmpegConcurrency };
  const allowance = new RecordingAllowance(limits.maxRecordings);
  const opener = new SegmentOpener({ limits, ffmpeg, work, allowance });
  return new RecordingDecoder({
    opener,
    work,
    allowance,
    declared: declaration.codec,
  });
}

/** Makes the decoders of a server's sessions, which share its ffmpeg processes. */
export class AudioDecoderFactory {
  /**
   * @param ffmpegConcurrency for recordings that need ffmpeg, each taken in the name of the session's tenant
   * @param maxRecordings that a session may begin ahead of its audio
   */
  constructor(
    private readonly ffmpegPath: string | undefined,
    private readonly ffmpegConcurrency: TenantConcurrencyLimit,
    private readonly maxRecordings: number,
  ) {}

  /** @throws InvalidInputError when raw PCM is declared without a usable rate */
  create(declaration: AudioFormatDeclaration, tenantId: string): AudioDecoder {
    return createAudioDecoder(declaration, {
      ffmpegPath: this.ffmpegPath,
      ffmpegConcurrency: this.ffmpegConcurrency.of(tenantId),
      limits: { ...DEFAULT_DECODER_LIMITS, maxRecordings: this.maxRecordings },
    });
  }
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
