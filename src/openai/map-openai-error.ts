import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { ParleyError } from '../common/errors/parley-error.js';
import {
  ProviderAuthError,
  ProviderFailedError,
  ProviderRateLimitedError,
  ProviderRejectedError,
  ProviderTimeoutError,
} from '../common/errors/provider-errors.js';

const DEFAULT_RETRY_AFTER_MS = 1_000;

/**
 * Turns whatever the SDK or its fetch threw into one of our errors, without a word of the provider's own text. A body that
 * was cut raises a plain `TypeError: terminated`. An abort of ours is given back as it is.
 */
export function mapOpenAiError(error: unknown, service: string): unknown {
  if (error instanceof ParleyError || isAbort(error)) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new ProviderTimeoutError(`The ${service} service did not answer in time.`, { cause: error });
  }
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    return new ProviderFailedError(`The connection to the ${service} service failed.`, { cause: error });
  }
  switch (error.status) {
    case 401:
    case 403:
      return new ProviderAuthError(`The ${service} service refused our key.`, { cause: error });
    case 400:
    case 404:
    case 409:
    case 413:
    case 422:
      return new ProviderRejectedError(`The ${service} service refused the request.`, {
        cause: error,
        ...(typeof error.param === 'string' && { param: error.param }),
      });
    case 429:
      return new ProviderRateLimitedError(`The ${service} service is busy.`, {
        cause: error,
        retryAfterMs: retryAfterMs(error.headers),
      });
    case 408:
      return new ProviderTimeoutError(`The ${service} service did not answer in time.`, { cause: error });
    default:
      return new ProviderFailedError(`The ${service} service failed.`, { cause: error });
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof APIUserAbortError || (error instanceof Error && error.name === 'AbortError');
}

/** RFC 9110: seconds or a date. */
function retryAfterMs(headers: Headers | undefined): number {
  const value = headers?.get('retry-after');
  if (value === null || value === undefined) return DEFAULT_RETRY_AFTER_MS;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : DEFAULT_RETRY_AFTER_MS;
}
