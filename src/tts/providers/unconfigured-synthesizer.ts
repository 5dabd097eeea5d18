import { AUDIO_FORMATS } from '../../audio/encoding/audio-format.js';
import { ProviderUnconfiguredError } from '../../common/errors/provider-errors.js';
import type { SpeechSynthesizer } from '../speech-synthesizer.js';

/** Stands in where no provider can work: every call says what to set. */
export class UnconfiguredSynthesizer implements SpeechSynthesizer {
  readonly name = 'none';
  readonly fingerprint = 'none';
  readonly formats = AUDIO_FORMATS;
  readonly maxInputChars = Infinity;

  /** @param remedy what to set, e.g. "Set OPENAI_API_KEY." */
  constructor(readonly remedy: string) {}

  async synthesize(): Promise<never> {
    throw new ProviderUnconfiguredError(`No speech provider is configured. ${this.remedy}`);
  }

  async voices(): Promise<never> {
    throw new ProviderUnconfiguredError(`No speech provider is configured. ${this.remedy}`);
  }
}
