import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from '../auth/auth.config.js';
import type { Caller } from '../auth/caller.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { endingWith } from '../common/streams/ending-with.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { SpeechCache, type CachedSpeech } from './cache/speech-cache.js';
import { speechKey } from './cache/speech-key.js';
import { isWholeFile } from './proof/whole-file.js';
import { SpeechFlights } from './sharing/speech-flights.js';
import type { SpeechInput } from './speech-input.js';
import { SPEECH_SYNTHESIZERS, type SpeechRequest, type SpeechSynthesizer } from './speech-synthesizer.js';
import type { Speech } from './speech.js';
import { SpeechProducer, type Production } from './synthesis/speech-producer.js';
import { ttsConfig } from './tts.config.js';

/** A request with its defaults filled in. */
export interface SpeechOrder {
  request: SpeechRequest;
  caller: Caller;
  /** Whether the result may be kept, and taken from what was kept. */
  store: boolean;
}

/** A speech from the cheapest source there is: the cache, a call that is under way, a new call. */
@Injectable()
export class TtsService {
  private readonly logger = new Logger(TtsService.name);
  private readonly concurrency: TenantConcurrencyLimit;

  constructor(
    @Inject(SPEECH_SYNTHESIZERS) private readonly synthesizers: readonly SpeechSynthesizer[],
    private readonly producer: SpeechProducer,
    private readonly cache: SpeechCache,
    private readonly flights: SpeechFlights,
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
    @Inject(authConfig.KEY) auth: ConfigType<typeof authConfig>,
    private readonly streams: OpenStreams,
  ) {
    this.concurrency = new TenantConcurrencyLimit(config.maxConcurrent, 'speech', auth.tenantSharing);
  }

  /** Fills in the defaults and refuses what is too long. */
  order({ store, ...input }: SpeechInput, caller: Caller, maxChars = Infinity): SpeechOrder {
    const { maxInputChars, defaultModel, defaultVoice } = this.config;
    const limit = Math.min(maxChars, maxInputChars);
    if (input.input.length > limit) {
      throw new TooLargeError(`input is too long: at most ${limit} characters.`, { param: 'input' });
    }
    const request = { ...input, model: input.model ?? defaultModel, voice: input.voice ?? defaultVoice };
    return { request, caller, store };
  }

  /**
   * Resolves with the first byte. Whatever goes wrong up to then rejects; afterwards the iteration throws. Aborting `signal`
   * ends this listener's part at any time, and with the last listener the provider's work.
   * @param cut see `OpenStreams`
   */
  async speak(order: SpeechOrder, signal: AbortSignal, cut?: () => void): Promise<Speech> {
    if (this.streams.closing.aborted) throw new ShuttingDownError('The server is shutting down.');
    const leaveStreams = this.streams.enter(cut);
    signal.addEventListener('abort', leaveStreams, { once: true });
    try {
      const speech = await this.find(order, signal);
      return { ...speech, audio: endingWith(speech.audio, leaveStreams) };
    } catch (error) {
      leaveStreams();
      throw error;
    }
  }

  /** A speech that was kept. Costs nothing. */
  async recall(order: SpeechOrder): Promise<Speech | undefined> {
    const key = this.keyOf(order);
    return key === undefined ? undefined : this.kept(key, order);
  }

  private async kept(key: string, { request, caller }: SpeechOrder): Promise<Speech | undefined> {
    const startedAt = performance.now();
    const cached = await this.cache.read(caller.tenantId, key);
    if (cached === undefined) return undefined;
    const { provider, file, integrity } = cached;
    return {
      provider,
      source: 'hit',
      format: request.format,
      firstByteMs: performance.now() - startedAt,
      totalBytes: file.length,
      etag: `"${integrity}"`,
      audio: once(file),
    };
  }

  private async find(order: SpeechOrder, signal: AbortSignal): Promise<Speech> {
    const key = this.keyOf(order);
    const kept = key === undefined ? undefined : await this.kept(key, order);
    if (kept) return kept;
    const startedAt = performance.now();
    const { request } = order;
    const joined = key === undefined ? undefined : this.flights.find(key);
    const { production, audio } = await (joined ?? this.begin(key, order)).listen(signal);
    return {
      provider: production.provider,
      source: joined ? 'join' : 'miss',
      format: request.format,
      firstByteMs: performance.now() - startedAt,
      audio,
    };
  }

  /** Undefined for a speech that is not to be kept. */
  private keyOf({ request, caller, store }: SpeechOrder): string | undefined {
    return store ? speechKey(caller.tenantId, request, this.synthesizers[0]!) : undefined;
  }

  private begin(key: string | undefined, order: SpeechOrder) {
    const release = this.concurrency.acquire(order.caller.tenantId);
    return this.flights.begin(
      key,
      (signal) => this.produce(order, signal, release),
      async ({ provider, complete }, file) => {
        // Under the key of the first provider nothing may lie that another one made.
        if (key !== undefined && provider === this.synthesizers[0]!.name)
          await this.keep(key, order, { provider, file: complete(file) });
      },
    );
  }

  private async keep(key: string, { request, caller }: SpeechOrder, speech: CachedSpeech): Promise<void> {
    const { format } = request;
    if (isWholeFile(speech.file, format)) await this.cache.write(caller.tenantId, key, speech);
    else this.logger.warn({ provider: speech.provider, format }, 'Speech is not kept: its file is not whole');
  }

  private async produce(
    { request, caller }: SpeechOrder,
    signal: AbortSignal,
    release: () => void,
  ): Promise<Production> {
    signal.addEventListener('abort', release, { once: true });
    try {
      return await this.producer.produce(request, signal, caller);
    } catch (error) {
      release();
      throw error;
    }
  }
}

async function* once(file: Buffer): AsyncGenerator<Uint8Array> {
  yield file;
}
