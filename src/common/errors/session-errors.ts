import { ParleyError } from './parley-error.js';

/** Failures of a live audio session. */

/** The bytes are in no audio format that we know. */
export class UnsupportedAudioError extends ParleyError {
  readonly code = 'unsupported_audio';
  readonly retryable = false;

  constructor(message: string) {
    super(message, { param: 'audio' });
  }
}

/** The format is known but the content is damaged. */
export class DecodeFailedError extends ParleyError {
  readonly code = 'decode_failed';
  readonly retryable = false;

  constructor(message: string) {
    super(message, { param: 'audio' });
  }
}

export class SequenceGapError extends ParleyError {
  readonly code = 'seq_gap';
  readonly retryable = true;

  constructor(readonly expected: number) {
    super(`Chunk ${expected} was expected.`, { param: 'seq' });
  }
}

export class IdleTimeoutError extends ParleyError {
  readonly code = 'idle_timeout';
  readonly retryable = false;
}

/** Another connection has resumed the session; this one is out of it. */
export class SupersededError extends ParleyError {
  readonly code = 'superseded';
  readonly retryable = false;
}

/** When a client may ask again: a server that is started anew, or another one, is there by then. */
const BACK_AFTER_MS = 2_000;

export class ShuttingDownError extends ParleyError {
  readonly code = 'shutting_down';
  readonly retryable = true;

  constructor() {
    super('The server is shutting down.', { retryAfterMs: BACK_AFTER_MS });
  }
}
