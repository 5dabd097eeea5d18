import type { AudioFormat } from '../audio/encoding/audio-format.js';
import type { ErrorCode } from '../common/errors/parley-error.js';
import type { Caller } from '../auth/caller.js';
import type { SpeechRequest } from './speech-synthesizer.js';

/** What a caller asked for, with the defaults filled in. */
export interface SpeechOrder {
  request: SpeechRequest;
  caller: Caller;
  /** Whether the result may be kept, and taken from what was kept. */
  store: boolean;
}

/** Somebody who listens to a speech. */
export interface SpeechListener {
  /** Its scope: what is held for the listener is given back when it aborts. */
  readonly signal: AbortSignal;
  /** Called when a shutdown cannot wait any longer for the listener to have heard everything. */
  cut?(): void;
  /** Called when the listener may listen no longer. */
  refuse?(reason: Error): void;
}

/** Where the bytes of a speech come from: the disk, a provider, or a synthesis that another request has begun. */
export type SpeechSource = 'hit' | 'miss' | 'join';

/** Why a provider spoke that is not the preferred one. */
export interface SpeechFallback {
  /** The provider that should have spoken. */
  from: string;
  code: ErrorCode;
  /** Written by us for the caller. */
  reason: string;
}

/** A speech whose first byte is there. */
export interface Speech {
  provider: string;
  /** Only when another provider should have spoken. */
  fallback?: SpeechFallback;
  source: SpeechSource;
  format: AudioFormat;
  /** From the request until the first byte. */
  firstByteMs: number;
  /** The bytes of the file, from its start. */
  audio: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Only of a `hit`. */
  kept?: KeptSpeech;
}

/** A speech that is complete and lies on disk. */
export interface KeptSpeech {
  file: Buffer;
  /** Strong, as HTTP writes it: the hash of the file. */
  etag: string;
}
