import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { AudioModule } from '../audio/audio.module.js';
import { SpeechEncoder } from '../audio/encoding/speech-encoder.js';
import { AppConfig } from '../config/app-config.js';
import { SpeechCache } from './cache/speech-cache.js';
import { ClipStore } from './clips/clip-store.js';
import { ClipUrls } from './clips/clip-urls.js';
import { ClipsController } from './clips/clips.controller.js';
import { ClipsService } from './clips/clips.service.js';
import { OpenAiSpeechController } from './openai-api/openai-speech.controller.js';
import { createSynthesizers } from './providers/create-synthesizers.js';
import { SpeechFlights } from './sharing/speech-flights.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from './speech-synthesizer.js';
import { SpeechProducer } from './synthesis/speech-producer.js';
import { TtsController } from './tts.controller.js';
import { TtsLifecycle } from './tts.lifecycle.js';
import { TtsService } from './tts.service.js';

@Module({
  imports: [AudioModule],
  controllers: [ClipsController, TtsController, OpenAiSpeechController],
  providers: [
    TtsService,
    TtsLifecycle,
    ClipsService,
    { provide: SPEECH_SYNTHESIZERS, inject: [AppConfig], useFactory: createSynthesizers },
    {
      provide: SpeechProducer,
      inject: [SPEECH_SYNTHESIZERS, SpeechEncoder, AppConfig],
      useFactory: (synthesizers: readonly SpeechSynthesizer[], encoder: SpeechEncoder, { tts }: AppConfig) =>
        new SpeechProducer(synthesizers, encoder, tts.idleTimeoutMs),
    },
    {
      provide: SpeechCache,
      inject: [AppConfig],
      useFactory: ({ tts }: AppConfig) =>
        new SpeechCache(join(tts.dir, 'cache'), {
          totalBytes: tts.cacheBytes,
          maxAgeMs: tts.cacheMaxAgeMs,
        }),
    },
    {
      provide: SpeechFlights,
      inject: [AppConfig],
      useFactory: ({ tts }: AppConfig) => new SpeechFlights(tts.entryBytes, tts.sharedBytes),
    },
    {
      provide: ClipStore,
      inject: [AppConfig],
      useFactory: ({ tts, tenantSharing }: AppConfig) =>
        new ClipStore(join(tts.dir, 'clips'), tts.clipsBytes, tenantSharing),
    },
    {
      provide: ClipUrls,
      inject: [AppConfig],
      useFactory: ({ tts }: AppConfig) => new ClipUrls(tts.urlSecret),
    },
  ],
})
export class TtsModule {}
