/**
 * Every failure that a caller may see has one of these codes. They are part of the wire contract: the same value
 * means the same thing over HTTP, SSE and Socket.io, and a code is never renamed. See docs/api/errors.md.
 */
export type ErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'rate_limited'
  | 'budget_exceeded'
  | 'overloaded'
  | 'unsupported_media_type'
  | 'unsupported_audio'
  | 'decode_failed'
  | 'seq_gap'
  | 'idle_timeout'
  | 'resume_expired'
  | 'superseded'
  | 'conflict'
  | 'precondition_failed'
  | 'range_not_satisfiable'
  | 'worker_unavailable'
  | 'provider_unconfigured'
  | 'provider_rejected'
  | 'provider_auth'
  | 'provider_rate_limited'
  | 'provider_timeout'
  | 'provider_failed'
  | 'auth_unavailable'
  | 'shutting_down'
  | 'internal';

export interface ParleyErrorOptions {
  /** The offending field of the caller's input, in the caller's own names. */
  param?: string;
  /** How long the caller should wait before trying again. */
  retryAfterMs?: number;
  /** What happened underneath. Logged, never sent. */
  cause?: unknown;
}

/**
 * Base of all expected failures. The message is written by us for the caller, so it holds no provider text, key, stack or
 * path. `retryable` says whether the same call may succeed later without a change.
 */
export abstract class ParleyError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly retryable: boolean;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ParleyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
  }
}
