import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { HealthRegistry } from '../health/health-registry.js';
import { createSynthesizer } from './providers/create-synthesizer.js';
import { UnconfiguredSynthesizer } from './providers/unconfigured-synthesizer.js';
import { SPEECH_SYNTHESIZER, type SpeechSynthesizer } from './speech-synthesizer.js';
import { TtsController } from './tts.controller.js';
import { TtsService } from './tts.service.js';

@Module({
  controllers: [TtsController],
  providers: [
    TtsService,
    {
      provide: SPEECH_SYNTHESIZER,
      inject: [AppConfig, HealthRegistry],
      useFactory: (config: AppConfig, health: HealthRegistry): SpeechSynthesizer => {
        const synthesizer = createSynthesizer(config);
        const status = synthesizer instanceof UnconfiguredSynthesizer ? 'unconfigured' : 'ok';
        health.register('tts', () => ({ status, provider: status === 'ok' ? synthesizer.name : null }));
        return synthesizer;
      },
    },
  ],
})
export class TtsModule {}
