import { Module } from '@nestjs/common';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { AppConfig } from '../config/app-config.js';
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
      inject: [AppConfig],
      useFactory: ({ audio }: AppConfig) => locateFfmpeg(audio.ffmpegPath),
    },
    {
      provide: AudioDecoderFactory,
      inject: [FFMPEG_PATH, AppConfig],
      useFactory: (ffmpegPath: string | undefined, { audio, tenantSharing }: AppConfig) =>
        new AudioDecoderFactory(
          ffmpegPath,
          new TenantConcurrencyLimit(audio.maxFfmpegRecordings, 'recordings that need ffmpeg', tenantSharing),
          audio.maxRecordings,
        ),
    },
    {
      provide: SpeechEncoder,
      inject: [FFMPEG_PATH, AppConfig],
      useFactory: (ffmpegPath: string | undefined, { audio, tenantSharing }: AppConfig) =>
        new SpeechEncoder(
          ffmpegPath,
          new TenantConcurrencyLimit(audio.ffmpegMaxProcesses, 'ffmpeg', tenantSharing),
        ),
    },
  ],
  exports: [FFMPEG_PATH, AudioDecoderFactory, SpeechEncoder],
})
export class AudioModule {}
