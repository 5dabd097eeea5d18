import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HealthRegistry, type ComponentHealth } from '../health/health-registry.js';
import { SpeechCache } from './cache/speech-cache.js';
import { ClipStore } from './clips/clip-store.js';
import { UnconfiguredSynthesizer } from './providers/unconfigured-synthesizer.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from './speech-synthesizer.js';

/** What the feature does once: take up what lies on disk, report its health, end the processes of its providers. */
@Injectable()
export class TtsLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly cache: SpeechCache,
    private readonly clips: ClipStore,
    private readonly health: HealthRegistry,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.register('tts', () => this.report());
    await Promise.all([this.cache.open(), this.clips.open()]);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const synthesizer of this.synthesizers) synthesizer.close?.();
    await this.cache.close();
  }

  private report(): ComponentHealth {
    const working = this.synthesizers.filter((each) => !(each instanceof UnconfiguredSynthesizer));
    const [first] = working;
    return first === undefined
      ? { status: 'unconfigured', provider: null }
      : {
          status: 'ok',
          provider: first.name,
          detail: {
            fallback:
              working
                .slice(1)
                .map(({ name }) => name)
                .join(',') || null,
          },
        };
  }
}
