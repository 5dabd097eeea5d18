import type { AudioFormat } from '../audio/encoding/audio-format.js';
import type { Caller } from '../auth/caller.js';

export interface SpeechRequest {
  /** The text to speak, as the caller sent it; not blank. */
  input: string;
  model: string;
  voice: string;
  format: AudioFormat;
  /** Factor of the normal pace, 0.25 to 4. */
  speed: number;
  /** How to speak, for models that can be told. */
  instructions?: string;
  /** BCP 47, e.g. `ko`. Providers that tell the language from the text ignore it. */
  language?: string;
}

export interface Voice {
  id: string;
  /** BCP 47, when the voice speaks one language only, or its first one. */
  language?: string;
  /** All of them, when there are more. */
  languages?: readonly string[];
  /** Of the voice's data. */
  licence?: string;
  /** How many there are, each of which `ID:NUMBER` names. */
  speakers?: number;
}

/**
 * Turns text into audio. Implementations live under `providers/`; the contract suite is `test/contracts/speech-synthesizer.ts`.
 */
export interface SpeechSynthesizer {
  /** Stable name for headers, logs and health, e.g. `openai`. */
  readonly name: string;

  /** Changes when the same request would sound different, e.g. the address of the service. Part of the cache's key. */
  readonly fingerprint: string;

  /** The formats that `synthesize` delivers, `pcm` always among them: the others are made of it. */
  readonly formats: readonly AudioFormat[];

  /** Longest `input` of one call, in UTF-16 units. Longer texts are split before they get here. */
  readonly maxInputChars: number;

  /** The voice to step in with for a provider whose voice this one does not have. Without one such a request is refused. */
  readonly standInVoice?: string;

  /**
   * Starts one synthesis. Resolves once the provider has accepted it, then yields the bytes of one valid file in
   * `request.format` (one of `formats`) as they come. Reading slowly slows the provider down; leaving the iteration, or
   * aborting `signal`, ends the provider's work, also before the first byte. What is limited is taken in the name of `caller`.
   *
   * @throws InvalidInputError for a voice or option the provider does not have
   * @throws ProviderRejectedError, ProviderAuthError, ProviderRateLimitedError, ProviderTimeoutError, ProviderFailedError
   */
  synthesize(request: SpeechRequest, signal: AbortSignal, caller: Caller): Promise<AsyncIterable<Uint8Array>>;

  /** The voices that `SpeechRequest.voice` may name. */
  voices(): Promise<readonly Voice[]>;

  /** What there is to tell people of it, for `/health/ready`. */
  status?(): Record<string, number>;

  /** Ends what is kept ready, such as processes. */
  close?(): void;
}

/** The configured synthesizers: the one to use, then those to fall back to. */
export const SPEECH_SYNTHESIZERS = Symbol('SPEECH_SYNTHESIZERS');
