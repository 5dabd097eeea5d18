import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ApiDocsModule } from './api-docs/api-docs.module.js';
import type { Feature } from './app.config.js';
import { AuthModule } from './auth/auth.module.js';
import { StreamsModule } from './common/streams/streams.module.js';
import { InputPipe } from './common/validation/input.pipe.js';
import type { Configuration } from './configuration.js';
import { HealthModule } from './health/health.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OpenAiErrorFilter } from './openai/openai-error.filter.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** Features are imported when they are switched on, so one that is off costs neither memory nor start-up time. */
const FEATURE_MODULES: Record<Feature, () => Promise<Type[]>> = {
  tts: async () => [(await import('./tts/tts.module.js')).TtsModule],
  // Annotation explains words with chat's model, whether or not speech is transcribed here.
  chat: async () => [
    (await import('./chat/chat.module.js')).ChatModule,
    (await import('./annotation/annotation.module.js')).AnnotationModule,
  ],
  transcription: async () => [(await import('./transcription/transcription.module.js')).TranscriptionModule],
};

/** The composition root: the only place that knows every feature. */
@Module({})
export class AppModule {
  static async register(config: Configuration): Promise<DynamicModule> {
    // One after the other: jest's module loader cannot link two import graphs that share a module at the same time.
    const features: Type[] = [];
    for (const feature of config.app.features) features.push(...(await FEATURE_MODULES[feature]()));
    const load = Object.entries(config).map(([namespace, values]) => registerAs(namespace, () => values));
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, validatePredefined: false, load }),
        LoggingModule.register(config.logging),
        StreamsModule.register({
          noticeMs: config.process.shutdownNoticeMs,
          graceMs: config.process.shutdownGraceMs,
        }),
        AuthModule,
        HealthModule,
        MetricsModule,
        TelemetryModule,
        LedgerModule,
        ApiDocsModule,
        ...features,
      ],
      providers: [
        { provide: APP_PIPE, useClass: InputPipe },
        { provide: APP_FILTER, useClass: OpenAiErrorFilter },
      ],
    };
  }
}
