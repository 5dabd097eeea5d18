import type { AudioFormat } from '../../../audio/encoding/audio-format.js';
import type { SpeechRequest, SpeechSynthesizer, Voice } from '../../speech-synthesizer.js';
import type { EspeakEngine } from './espeak-engine.js';
import { harmlessText } from './espeak-text.js';
import { espeakVoice, espeakVoices } from './espeak-voices.js';
import { toSynthesisRate } from './to-synthesis-rate.js';

/** espeak's normal pace and the range it can do; a speed beyond it is held at its end. */
const WORDS_PER_MINUTE = { normal: 175, min: 80, max: 450 };

/** The voice without a key: robotic, immediate, in about a hundred languages. */
export class EspeakSynthesizer implements SpeechSynthesizer {
  readonly name = 'espeak';
  readonly formats: readonly AudioFormat[] = ['pcm'];
  readonly maxInputChars = Infinity;
  private languages: Promise<readonly string[]> | undefined;

  constructor(private readonly engine: EspeakEngine) {}

  get fingerprint(): string {
    return this.engine.build;
  }

  async synthesize(request: SpeechRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const voice = espeakVoice(request, await this.knownLanguages());
    signal.throwIfAborted();
    const { normal, min, max } = WORDS_PER_MINUTE;
    const wordsPerMinute = Math.round(Math.min(Math.max(normal * request.speed, min), max));
    const text = harmlessText(request.input, this.engine.readsMarkup);
    return toSynthesisRate(this.engine.speak({ text, voice, wordsPerMinute }, signal));
  }

  async voices(): Promise<readonly Voice[]> {
    return espeakVoices(await this.knownLanguages());
  }

  close(): void {
    this.engine.close();
  }

  /** Asked once; a failure is not remembered. */
  private knownLanguages(): Promise<readonly string[]> {
    this.languages ??= this.engine.languages().catch((error: unknown) => {
      this.languages = undefined;
      throw error;
    });
    return this.languages;
  }
}
