export interface DecodeRequest {
  /** One utterance, 16 kHz mono in -1..1. Never empty, never longer than `maxUtteranceSamples`. */
  samples: Float32Array;
  /** ISO 639-1; one of `languages`. */
  language: string;
}

export interface DecodedUtterance {
  /** Empty when the engine heard no words. */
  text: string;
  language: string;
}

/**
 * A speech recogniser. Contract suite: `test/contracts/engine.ts`.
 */
export interface Engine {
  /** E.g. `sherpa`. */
  readonly name: string;
  /** What is loaded, for `ready` frames and health, e.g. `demo`. */
  readonly model: string;
  /** Languages that `DecodeRequest.language` may name. */
  readonly languages: ReadonlySet<string>;

  /** Makes the engine ready to decode `language`, so that the first utterance does not wait for a model to load. */
  prepare(language: string): Promise<void>;

  /**
   * Decodes one utterance. Safe to call while others are running. An abort makes the promise reject at once; the native work
   * may run on unheard.
   */
  decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance>;

  close(): Promise<void>;
}
