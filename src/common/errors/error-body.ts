import { currentRequestId } from '../request/request-scope.js';
import { ParleyError, type ErrorCode } from './parley-error.js';

/** OpenAI's error types, so that its SDKs understand our errors too. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'api_error';

/** HTTP: `{ error: HttpErrorBody }`. */
export interface HttpErrorBody {
  code: ErrorCode;
  type: ErrorType;
  message: string;
  param: string | null;
  requestId: string | null;
}

/** Socket.io acknowledgements and `session:error`. */
export interface SocketErrorBody {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  /** Names the failure in the server's log. */
  requestId?: string;
  param?: string;
  retryAfterMs?: number;
  expected?: number;
  limit?: number;
}

const HTTP: Record<ErrorCode, [status: number, type: ErrorType]> = {
  bad_request: [400, 'invalid_request_error'],
  unauthorized: [401, 'authentication_error'],
  forbidden: [403, 'permission_error'],
  not_found: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  too_large: [413, 'invalid_request_error'],
  rate_limited: [429, 'rate_limit_error'],
  budget_exceeded: [429, 'rate_limit_error'],
  overloaded: [503, 'api_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  unsupported_audio: [415, 'invalid_request_error'],
  decode_failed: [400, 'invalid_request_error'],
  seq_gap: [409, 'invalid_request_error'],
  idle_timeout: [408, 'invalid_request_error'],
  resume_expired: [410, 'invalid_request_error'],
  superseded: [409, 'invalid_request_error'],
  conflict: [409, 'invalid_request_error'],
  precondition_failed: [412, 'invalid_request_error'],
  range_not_satisfiable: [416, 'invalid_request_error'],
  worker_unavailable: [503, 'api_error'],
  provider_unconfigured: [503, 'api_error'],
  provider_rejected: [400, 'invalid_request_error'],
  provider_auth: [502, 'api_error'],
  provider_rate_limited: [429, 'rate_limit_error'],
  provider_timeout: [504, 'api_error'],
  provider_failed: [502, 'api_error'],
  auth_unavailable: [503, 'api_error'],
  shutting_down: [503, 'api_error'],
  internal: [500, 'api_error'],
};

/** All codes. */
export const ERROR_CODES = Object.keys(HTTP) as ErrorCode[];

const INTERNAL_MESSAGE = 'Something went wrong on our side. The request id names it in the server log.';

export function httpStatusOf(code: ErrorCode): number {
  return HTTP[code][0];
}

/** The one HTTP shape of a failure. Anything that is not a ParleyError becomes `internal` and says nothing more. */
export function toHttpErrorBody(error: unknown, requestId = currentRequestId()): HttpErrorBody {
  const code = error instanceof ParleyError ? error.code : 'internal';
  return {
    code,
    type: HTTP[code][1],
    message: error instanceof ParleyError ? error.message : INTERNAL_MESSAGE,
    param: error instanceof ParleyError ? (error.param ?? null) : null,
    requestId,
  };
}

/** The one socket shape of a failure. */
export function toSocketErrorBody(error: unknown): SocketErrorBody {
  const requestId = currentRequestId();
  const named = requestId !== null && { requestId };
  if (!(error instanceof ParleyError))
    return { code: 'internal', message: INTERNAL_MESSAGE, retryable: false, ...named };
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...named,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...('expected' in error && typeof error.expected === 'number' && { expected: error.expected }),
    ...('limit' in error && typeof error.limit === 'number' && { limit: error.limit }),
  };
}
