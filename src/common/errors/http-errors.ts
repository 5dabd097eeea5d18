import { ParleyError } from './parley-error.js';

/** Failures of HTTP's own (RFC 9110). */

/** There is something at the address, but not for this method. The response says in `Allow` for which. */
export class MethodNotAllowedError extends ParleyError {
  readonly code = 'method_not_allowed';
  readonly retryable = false;
}

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

/** The body comes in a charset or an encoding that is not read here. */
export class UnsupportedMediaTypeError extends ParleyError {
  readonly code = 'unsupported_media_type';
  readonly retryable = false;
}
