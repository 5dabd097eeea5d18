import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { audioConfig } from './audio.config.js';
import { AudioDecoderFactory } from './create-audio-decoder.js';
import { FFMPEG_PATH, FfmpegModule } from './ffmpeg/ffmpeg.module.js';

/** Provides the decoder of recordings. Apart from the encoder, because a server that only speaks need not load the decoders. */
@Module({
  imports: [FfmpegModule],
  providers: [
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
  ],
  exports: [AudioDecoderFactory],
})
export class AudioDecoderModule {}
