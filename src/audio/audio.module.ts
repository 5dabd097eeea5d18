import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { audioConfig } from './audio.config.js';
import { AudioDecoderFactory } from './create-audio-decoder.js';
import { SpeechEncoder } from './encoding/speech-encoder.js';
import { locateFfmpeg } from './ffmpeg/locate-ffmpeg.js';

/** Path of the ffmpeg that decodes and encodes here, a `string`; `undefined` when there is none. */
export const FFMPEG_PATH = Symbol('FFMPEG_PATH');

/** Finds ffmpeg once and provides the decoder of recordings and the encoder of speech. */
@Module({
  providers: [
    {
      provide: FFMPEG_PATH,
      inject: [audioConfig.KEY],
      useFactory: (audio: ConfigType<typeof audioConfig>) => locateFfmpeg(audio.ffmpegPath),
    },
    {
      provide: AudioDecoderFactory,
      inject: [FFMPEG_PATH, audioConfig.KEY, authConfig.KEY],
      useFactory: (
        ffmpegPath: string | undefined,
        audio: ConfigType<typeof audioConfig>,
        { tenantSharing }: ConfigType<typeof authConfig>,
      ) =>
        new AudioDecoderFactory(
          ffmpegPath,
          new TenantConcurrencyLimit(audio.maxFfmpegRecordings, 'recordings that need ffmpeg', tenantSharing),
          audio.maxRecordings,
        ),
    },
    {
      provide: SpeechEncoder,
      inject: [FFMPEG_PATH, audioConfig.KEY, authConfig.KEY],
      useFactory: (
        ffmpegPath: string | undefined,
        audio: ConfigType<typeof audioConfig>,
        { tenantSharing }: ConfigType<typeof authConfig>,
      ) =>
        new SpeechEncoder(
          ffmpegPath,
          new TenantConcurrencyLimit(audio.ffmpegMaxProcesses, 'ffmpeg', tenantSharing),
        ),
    },
  ],
  exports: [FFMPEG_PATH, AudioDecoderFactory, SpeechEncoder],
})
export class AudioModule {}
