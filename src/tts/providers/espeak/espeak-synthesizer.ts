import type { AudioFormat } from '../../../audio/encoding/audio-format.js';
import type { Caller } from '../../../auth/caller.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';
import { ESPEAK_SAMPLE_RATE, type EspeakEngine } from './espeak-engine.js';
import { harmlessText } from './espeak-text.js';
import { EspeakVoices } from './espeak-voices.js';
import { toSynthesisRate } from '../../synthesis/to-synthesis-rate.js';

/** espeak's normal pace and the range it can do; a speed beyond it is held at its end. */
const WORDS_PER_MINUTE = { normal: 175, min: 80, max: 450 };

/** The voice without a key: robotic, immediate, in about a hundred languages. */
export class EspeakSynthesizer implements SpeechSynthesizer {
  readonly name = 'espeak';
  readonly formats: readonly AudioFormat[] = ['pcm'];
  readonly maxInputChars = Infinity;
  readonly standInVoice = 'nova';
  private known: Promise<EspeakVoices> | undefined;

  constructor(private readonly engine: EspeakEngine) {}

  get fingerprint(): string {
    return this.engine.build;
  }

  async synthesize(
    request: SpeechRequest,
    signal: AbortSignal,
    caller: Caller,
  ): Promise<AsyncIterable<Uint8Array>> {
    const voice = (await this.knownVoices()).choose(request);
    signal.throwIfAborted();
    const { normal, min, max } = WORDS_PER_MINUTE;
    const wordsPerMinute = Math.round(Math.min(Math.max(normal * request.speed, min), max));
    const text = harmlessText(request.input, this.engine.readsMarkup);
    return toSynthesisRate(
      this.engine.speak({ text, voice, wordsPerMinute }, signal, caller),
      ESPEAK_SAMPLE_RATE,
    );
  }

  async voices(): Promise<readonly Voice[]> {
    return (await this.knownVoices()).list();
  }

  close(): void {
    this.engine.close();
  }

  /** Asked once; a failure is not remembered. */
  private knownVoices(): Promise<EspeakVoices> {
    this.known ??= this.engine
      .voices()
      .then((voices) => new EspeakVoices(voices))
      .catch((error: unknown) => {
        this.known = undefined;
        throw error;
      });
    return this.known;
  }
}
