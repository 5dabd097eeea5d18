import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { audioConfig } from '../audio.config.js';
import { locateFfmpeg } from './locate-ffmpeg.js';

/** Path of the ffmpeg that decodes and encodes here, a `string`; `undefined` when there is none. */
export const FFMPEG_PATH = Symbol('FFMPEG_PATH');

/** Finds ffmpeg once. */
@Module({
  providers: [
    {
      provide: FFMPEG_PATH,
      inject: [audioConfig.KEY],
      useFactory: (audio: ConfigType<typeof audioConfig>) => locateFfmpeg(audio.ffmpegPath),
    },
  ],
  exports: [FFMPEG_PATH],
})
export class FfmpegModule {}
