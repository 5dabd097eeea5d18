import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CallerWork } from '../auth/caller-work.js';
import type { Caller } from '../auth/caller.js';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { whenAborted } from '../common/streams/when-aborted.js';
import { SpeechFlights } from './flights/speech-flights.js';
import { SpeechMetrics } from './speech-metrics.js';
import type { SpeechInput } from './speech-input.js';
import type { Speech, SpeechListener, SpeechOrder } from './speech.js';
import { ttsConfig } from './tts.config.js';

/** What every way to ask for a speech has in common: its defaults and limits, and that a shutdown waits for it. */
@Injectable()
export class TtsService {
  constructor(
    private readonly flights: SpeechFlights,
    private readonly streams: OpenStreams,
    private readonly metrics: SpeechMetrics,
    private readonly work: CallerWork,
    @Inject(ttsConfig.KEY) private readonly config: ConfigType<typeof ttsConfig>,
  ) {}

  /**
   * Fills in the defaults.
   * @throws TooLargeError
   */
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
   * Resolves with the first byte. What goes wrong up to then rejects; afterwards the iteration throws. The listener's signal ends its part at
   * any time, and with the last listener the provider's work.
   */
  async speak(order: SpeechOrder, listener: SpeechListener): Promise<Speech> {
    if (this.streams.closing.aborted) throw new ShuttingDownError();
    whenAborted(
      listener.signal,
      this.streams.enter(() => listener.cut?.()),
    );
    whenAborted(
      listener.signal,
      this.work.enter(order.caller, (reason) => listener.refuse?.(reason)),
    );
    const speech = await this.flights.get(order, listener.signal);
    this.metrics.begun(speech);
    return speech;
  }

  /** A speech that was kept; costs nothing. */
  findKept(order: SpeechOrder): Promise<Speech | undefined> {
    return this.flights.findKept(order);
  }
}
