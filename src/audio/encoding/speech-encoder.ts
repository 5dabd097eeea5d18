import { ProviderFailedError, ProviderUnconfiguredError } from '../../common/errors/provider-errors.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import type { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { encodeWithFfmpeg, type FfmpegTarget } from './encode-with-ffmpeg.js';
import { SYNTHESIS_SAMPLE_RATE, type AudioFormat } from './audio-format.js';
import { encodeMp3 } from './mp3-encoder.js';
import { wavHeader } from '../../common/audio/wav-header.js';

/** Pages of 20 ms, so that the first one leaves at once; ffmpeg's own default is a second. */
const FFMPEG_TARGETS: Partial<Record<AudioFormat, FfmpegTarget>> = {
  opus: {
    codec: 'libopus',
    container: 'ogg',
    options: ['-b:a 32k', '-application voip', '-page_duration 20000'],
  },
  aac: { codec: 'aac', container: 'adts', options: ['-b:a 64k'] },
  flac: { codec: 'flac', container: 'flac', options: [] },
};

/**
 * Turns speech PCM (s16le, 24 kHz, mono) into one valid file, in the stream. MP3 in process, since it is the default and must
 * work without ffmpeg; what is left goes through ffmpeg.
 */
export class SpeechEncoder {
  /** @param concurrency of the ffmpeg processes, each taken in the name of the tenant that it encodes for */
  constructor(
    private readonly ffmpegPath: string | undefined,
    private readonly concurrency: TenantConcurrencyLimit,
  ) {}

  /** @throws ProviderUnconfiguredError when nothing can encode `format` */
  encode(pcm: AsyncIterable<Uint8Array>, format: AudioFormat, tenantId: string): AsyncIterable<Uint8Array> {
    this.requireEncoder(format);
    const target = FFMPEG_TARGETS[format];
    if (target !== undefined) return this.encodeWithFfmpeg(pcm, target, tenantId);
    if (format === 'mp3') return encodeMp3(pcm);
    return format === 'wav' ? withWavHeader(pcm) : pcm;
  }

  /**
   * To be asked before anything is spent on samples that could not be encoded.
   * @throws ProviderUnconfiguredError
   */
  requireEncoder(format: AudioFormat): void {
    if (FFMPEG_TARGETS[format] === undefined || this.ffmpegPath !== undefined) return;
    throw new ProviderUnconfiguredError(`${format} needs ffmpeg. Set FFMPEG_PATH.`, { param: 'format' });
  }

  private async *encodeWithFfmpeg(
    pcm: AsyncIterable<Uint8Array>,
    target: FfmpegTarget,
    tenantId: string,
  ): AsyncGenerator<Uint8Array> {
    const release = this.concurrency.acquire(tenantId);
    try {
      yield* encodeWithFfmpeg(this.ffmpegPath!, pcm, target);
    } catch (error) {
      if (error instanceof ParleyError || isAbort(error)) throw error;
      throw new ProviderFailedError('The encoder failed.', { cause: error });
    } finally {
      release();
    }
  }
}

async function* withWavHeader(pcm: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield wavHeader(SYNTHESIS_SAMPLE_RATE);
  yield* pcm;
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}
