/** One text for espeak-ng, already harmless (see `espeak-text.ts`). */
export interface EspeakJob {
  text: string;
  /** Language, and after `+` the variant: `en-us+f3`. */
  voice: string;
  wordsPerMinute: number;
}

/** espeak-ng in a process of its own, whichever build it is. */
export interface EspeakEngine {
  /** Which build it is: they do not sound alike to the bit. */
  readonly build: string;

  /** Whether the text is read as SSML, so that `<` has to be escaped. */
  readonly readsMarkup: boolean;

  /** s16le mono at 22,050 Hz. Leaving the iteration, or aborting, kills the process. */
  speak(job: EspeakJob, signal: AbortSignal): AsyncIterable<Uint8Array>;

  /** BCP 47-like names of the languages it has. */
  languages(): Promise<readonly string[]>;

  /** Ends what is kept ready. */
  close(): void;
}

/** Hz, of every espeak-ng voice. */
export const ESPEAK_SAMPLE_RATE = 22_050;
