import { join } from 'node:path';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { SpeechEncoderModule } from '../audio/encoding/speech-encoder.module.js';
import { SpeechEncoder } from '../audio/encoding/speech-encoder.js';
import { authConfig } from '../auth/auth.config.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { serverConfig } from '../config/server.config.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Budgets } from '../ledger/budgets.js';
import { modelsConfig } from '../models/models.config.js';
import { ClipStore } from './clips/clip-store.js';
import { ClipUrls } from './clips/clip-urls.js';
import { ClipsController } from './clips/clips.controller.js';
import { ClipsService } from './clips/clips.service.js';
import { SpeechFlights } from './flights/speech-flights.js';
import { OpenAiSpeechController } from './openai-api/openai-speech.controller.js';
import { createSynthesizers } from './providers/create-synthesizers.js';
import { UnconfiguredSynthesizer } from './providers/unconfigured-synthesizer.js';
import { SpeechMetrics } from './speech-metrics.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from './speech-synthesizer.js';
import { SpeechCache } from './storage/speech-cache.js';
import { SpeechProducer } from './synthesis/speech-producer.js';
import { ttsConfig } from './tts.config.js';
import { TtsController } from './tts.controller.js';
import { TtsService } from './tts.service.js';
import { voicesConfig } from './voices.config.js';

@Module({
  imports: [SpeechEncoderModule],
  controllers: [ClipsController, TtsController, OpenAiSpeechController],
  providers: [
    TtsService,
    SpeechMetrics,
    ClipsService,
    {
      provide: SPEECH_SYNTHESIZERS,
      inject: [ttsConfig.KEY, serverConfig.KEY, authConfig.KEY, voicesConfig.KEY, modelsConfig.KEY],
      useFactory: createSynthesizers,
    },
    {
      provide: SpeechProducer,
      inject: [SPEECH_SYNTHESIZERS, SpeechEncoder, ttsConfig.KEY, SpeechMetrics],
      useFactory: (
        synthesizers: readonly SpeechSynthesizer[],
        encoder: SpeechEncoder,
        tts: ConfigType<typeof ttsConfig>,
        metrics: SpeechMetrics,
      ) => new SpeechProducer(synthesizers, encoder, tts.idleTimeoutMs, metrics),
    },
    {
      provide: SpeechCache,
      inject: [ttsConfig.KEY],
      useFactory: (tts: ConfigType<typeof ttsConfig>) =>
        new SpeechCache(join(tts.dir, 'cache'), {
          totalBytes: tts.cacheBytes,
          maxAgeMs: tts.cacheMaxAgeMs,
        }),
    },
    {
      provide: SpeechFlights,
      inject: [SpeechProducer, SpeechCache, ttsConfig.KEY, authConfig.KEY, Budgets, SpeechMetrics],
      useFactory: (
        producer: SpeechProducer,
        cache: SpeechCache,
        tts: ConfigType<typeof ttsConfig>,
        { tenantSharing }: ConfigType<typeof authConfig>,
        budgets: Budgets,
        metrics: SpeechMetrics,
      ) =>
        new SpeechFlights(
          producer,
          cache,
          new TenantConcurrencyLimit(tts.maxConcurrent, 'speech', tenantSharing),
          tts,
          budgets,
          metrics,
        ),
    },
    {
      provide: ClipStore,
      inject: [ttsConfig.KEY, authConfig.KEY],
      useFactory: (tts: ConfigType<typeof ttsConfig>, { tenantSharing }: ConfigType<typeof authConfig>) =>
        new ClipStore(join(tts.dir, 'clips'), tts.clipsBytes, tenantSharing),
    },
    {
      provide: ClipUrls,
      inject: [ttsConfig.KEY],
      useFactory: (tts: ConfigType<typeof ttsConfig>) => new ClipUrls(tts.urlSecret),
    },
  ],
})
export class TtsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly health: HealthRegistry,
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly cache: SpeechCache,
    private readonly clips: ClipStore,
    private readonly flights: SpeechFlights,
    private readonly metrics: SpeechMetrics,
  ) {}

  /** Reports the health of the feature and takes up what an earlier process left on disk. */
  async onModuleInit(): Promise<void> {
    const working = this.synthesizers.filter((each) => !(each instanceof UnconfiguredSynthesizer));
    const [provider, ...fallback] = working.map(({ name }) => name);
    this.health.register('tts', () =>
      provider === undefined
        ? { status: 'unconfigured', provider: null }
        : {
            status: 'ok',
            provider,
            detail: { fallback: fallback.join(',') || null, ...working[0]?.status?.() },
          },
    );
    this.metrics.watch(this.cache, this.flights, this.clips);
    await Promise.all([this.cache.open(), this.clips.open()]);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const synthesizer of this.synthesizers) synthesizer.close?.();
    await this.cache.close();
  }
}
