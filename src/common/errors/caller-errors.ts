import { ParleyError, type ParleyErrorOptions } from './parley-error.js';

/** Failures that the caller can mend. */

export class InvalidInputError extends ParleyError {
  readonly code = 'bad_request';
  readonly retryable = false;

  constructor(param: string | undefined, message: string) {
    super(message, param === undefined ? {} : { param });
  }
}

export class UnauthorizedError extends ParleyError {
  readonly code = 'unauthorized';
  readonly retryable = false;
  /** `invalid`: one was shown, and is unknown, expired or revoked. */
  readonly credential: 'missing' | 'invalid';

  constructor(
    message: string,
    { credential = 'invalid', ...options }: ParleyErrorOptions & { credential?: 'missing' | 'invalid' } = {},
  ) {
    super(message, options);
    this.credential = credential;
  }
}

export class ForbiddenError extends ParleyError {
  readonly code = 'forbidden';
  readonly retryable = false;
  /** The scope that would have been enough. */
  readonly scope: string | undefined;

  constructor(message: string, { scope, ...options }: ParleyErrorOptions & { scope?: string } = {}) {
    super(message, options);
    this.scope = scope;
  }
}

export class NotFoundError extends ParleyError {
  readonly code = 'not_found';
  readonly retryable = false;
}

/** Something of which there is one at a time goes on already. */
export class ConflictError extends ParleyError {
  readonly code = 'conflict';
  readonly retryable = true;
}

export class TooLargeError extends ParleyError {
  readonly code = 'too_large';
  readonly retryable = false;
  /** What would not have been too large, in the unit of what was: bytes, words, milliseconds. */
  readonly limit: number | undefined;

  constructor(message: string, { limit, ...options }: ParleyErrorOptions & { limit?: number } = {}) {
    super(message, options);
    this.limit = limit;
  }
}

/** It was here, but is no longer kept. */
export class ResumeExpiredError extends ParleyError {
  readonly code = 'resume_expired';
  readonly retryable = false;
}

export class RateLimitedError extends ParleyError {
  readonly code = 'rate_limited';
  readonly retryable = true;
}

/** A budget of the caller does not allow it. Nothing was started and nothing was spent. */
export class BudgetExceededError extends ParleyError {
  readonly code = 'budget_exceeded';
  /** No for what would exceed even an untouched budget. */
  readonly retryable: boolean;
  /** How much of it the budget would still allow. */
  readonly available: number;
  /** Fields that tell of the budget, for a response. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    message: string,
    {
      available = 0,
      headers = {},
      ...options
    }: ParleyErrorOptions & { available?: number; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options);
    this.retryable = options.retryAfterMs !== undefined;
    this.available = available;
    this.headers = headers;
  }
}

/** All places are taken. Nothing was started and nothing was spent. */
export class OverloadedError extends ParleyError {
  readonly code = 'overloaded';
  readonly retryable = true;
}
