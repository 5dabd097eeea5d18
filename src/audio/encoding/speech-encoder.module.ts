import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { audioConfig } from '../audio.config.js';
import { FFMPEG_PATH, FfmpegModule } from '../ffmpeg/ffmpeg.module.js';
import { SpeechEncoder } from './speech-encoder.js';

/** Provides the encoder of speech. */
@Module({
  imports: [FfmpegModule],
  providers: [
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
  exports: [SpeechEncoder],
})
export class SpeechEncoderModule {}
