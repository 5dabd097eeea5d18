import { ParleyError } from './parley-error.js';

/** Failures of conditional and partial requests for a file (RFC 9110). */

/** `If-Match` or `If-Unmodified-Since` named another version. */
export class PreconditionFailedError extends ParleyError {
  readonly code = 'precondition_failed';
  readonly retryable = false;
}

/** The range lies behind the end. The response says in `Content-Range` where that is. */
export class RangeNotSatisfiableError extends ParleyError {
  readonly code = 'range_not_satisfiable';
  readonly retryable = false;
}
