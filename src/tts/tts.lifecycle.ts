import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SpeechCache } from './cache/speech-cache.js';
import { ClipStore } from './clips/clip-store.js';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from './speech-synthesizer.js';

/** What the feature does once: take up what lies on disk, end the processes of its providers. */
@Injectable()
export class TtsLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly cache: SpeechCache,
    private readonly clips: ClipStore,
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all([this.cache.open(), this.clips.open()]);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const synthesizer of this.synthesizers) synthesizer.close?.();
    await this.cache.close();
  }
}
