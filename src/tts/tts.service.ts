import { Inject, Injectable } from '@nestjs/common';
import { encodeSpeech } from '../audio/encoding/encode-speech.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { ProviderFailedError, ProviderTimeoutError } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { Places } from '../common/limits/places.js';
import { withIdleTimeout } from '../common/streams/idle-timeout.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { peekFirst } from '../common/streams/peek-first.js';
import { AppConfig } from '../config/app-config.js';
import type { SpeechInput } from './speech-input.js';
import { SPEECH_SYNTHESIZER, type SpeechRequest, type SpeechSynthesizer } from './speech-synthesizer.js';
import type { Speech } from './speech.js';

@Injectable()
export class TtsService {
  private readonly places: Places;

  constructor(
    @Inject(SPEECH_SYNTHESIZER) private readonly synthesizer: SpeechSynthesizer,
    private readonly config: AppConfig,
    private readonly streams: OpenStreams,
  ) {
    this.places = new Places(config.tts.maxConcurrent, 'speech');
  }

  /** Fills in the defaults and refuses what is too long. */
  request(input: SpeechInput, maxChars: number = Infinity): SpeechRequest {
    const { maxInputChars, defaultModel, defaultVoice } = this.config.tts;
    const limit = Math.min(maxChars, maxInputChars);
    if (input.input.length > limit) {
      throw new TooLargeError(`input is too long: at most ${limit} characters.`, { param: 'input' });
    }
    return { ...input, model: input.model ?? defaultModel, voice: input.voice ?? defaultVoice };
  }

  /**
   * Resolves with the first byte. Whatever goes wrong up to then rejects; afterwards the iteration throws. Aborting `signal`
   * ends the provider's work at any time.
   */
  async speak(request: SpeechRequest, signal: AbortSignal): Promise<Speech> {
    if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
    const leavePlace = this.places.take();
    const leaveStreams = this.streams.enter();
    const work = new AbortController();
    const end = (): void => {
      work.abort();
      leavePlace();
      leaveStreams();
    };
    // A listener may leave before the iteration has begun, when no `finally` would run.
    signal.addEventListener('abort', end, { once: true });
    try {
      return await this.begin(request, AbortSignal.any([signal, work.signal]), end);
    } catch (error) {
      end();
      throw error;
    }
  }

  private async begin(request: SpeechRequest, signal: AbortSignal, end: () => void): Promise<Speech> {
    const startedAt = performance.now();
    const isNative = this.synthesizer.formats.includes(request.format);
    const source = await this.synthesizer.synthesize(
      isNative ? request : { ...request, format: 'pcm' },
      signal,
    );
    const first = await peekFirst(
      failWhenEmpty(
        withIdleTimeout(
          source,
          this.config.tts.idleTimeoutMs,
          () => new ProviderTimeoutError('The speech service fell silent.'),
        ),
      ),
    );
    const upstreamMs = performance.now() - startedAt;
    const audio = isNative ? first : encodeSpeech(first, request.format);
    return {
      provider: this.synthesizer.name,
      format: request.format,
      upstreamMs,
      audio: endingWith(audio, end),
    };
  }
}

async function* failWhenEmpty(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isEmpty = true;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw new ProviderFailedError('The speech service sent no audio.');
}

async function* endingWith(audio: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* audio;
  } finally {
    end();
  }
}
