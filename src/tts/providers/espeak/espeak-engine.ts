import type { Caller } from '../../../auth/caller.js';

/** One text for espeak-ng, already harmless (see `espeak-text.ts`). */
export interface EspeakJob {
  text: string;
  /** Identifier of a voice, and after `+` the variant: `gmw/en-US+f3`. */
  voice: string;
  wordsPerMinute: number;
}

/** A voice as an engine lists it. */
export interface EspeakVoice {
  /** The only name that every build speaks by: some names of languages are refused although they are listed. */
  identifier: string;
  /** BCP 47-like; a low number says that this voice is the one for it. */
  languages: readonly { name: string; priority: number }[];
}

/** espeak-ng in a process of its own, whichever build it is. */
export interface EspeakEngine {
  /** Which build it is: they do not sound alike to the bit. */
  readonly build: string;

  /** Whether the text is read as SSML, so that `<` has to be escaped. */
  readonly readsMarkup: boolean;

  /**
   * s16le mono at 22,050 Hz. Leaving the iteration, or aborting, kills the process; the caller's place is given back when the process
   * has ended.
   */
  speak(job: EspeakJob, signal: AbortSignal, caller: Caller): AsyncIterable<Uint8Array>;

  voices(): Promise<readonly EspeakVoice[]>;

  /** Ends what is kept ready. */
  close(): void;
}

/** Hz, of every espeak-ng voice. */
export const ESPEAK_SAMPLE_RATE = 22_050;
