import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { ParleyError } from '../common/errors/parley-error.js';
import {
  ProviderAuthError,
  ProviderFailedError,
  ProviderRateLimitedError,
  ProviderRejectedError,
  ProviderTimeoutError,
} from '../common/errors/provider-errors.js';
import { retryAfterMs } from './retrying-fetch.js';

const DEFAULT_RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Turns whatever the SDK or its fetch threw into one of our errors, without a word of the provider's own text. A body that
 * was cut raises a plain `TypeError: terminated`. An abort of ours is given back as it is.
 * @param sent the body of the request; a field that the provider calls wrong is named if it is one of these
 */
export function mapOpenAiError(error: unknown, service: string, sent: object = {}): unknown {
  if (error instanceof ParleyError || isAbort(error)) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new ProviderTimeoutError(`The ${service} service did not answer in time.`, { cause: error });
  }
  if (error instanceof APIConnectionError || !(error instanceof APIError) || error.status === undefined) {
    return new ProviderFailedError(`The connection to the ${service} service failed.`, { cause: error });
  }
  return mapStatus(error, service, sent);
}

function mapStatus(error: APIError, service: string, sent: object): ParleyError {
  const status = error.status ?? 500;
  const cause = { cause: error };
  // A used up quota comes as 429, too, but no waiting helps.
  if (status === 402 || error.code === 'insufficient_quota')
    return new ProviderAuthError(
      `The ${service} service does not serve our account: it wants to be paid.`,
      cause,
    );
  if (status === 401 || status === 403)
    return new ProviderAuthError(
      `The ${service} service refused our key, or wants one that it was not sent.`,
      cause,
    );
  if (status === 408)
    return new ProviderTimeoutError(`The ${service} service did not answer in time.`, cause);
  const asked = error.headers && retryAfterMs(error.headers);
  const retryAfter = asked === undefined ? undefined : Math.min(asked, MAX_RETRY_AFTER_MS);
  if (status === 429) {
    return new ProviderRateLimitedError(`The ${service} service is busy.`, {
      ...cause,
      retryAfterMs: retryAfter ?? DEFAULT_RETRY_AFTER_MS,
    });
  }
  if (status < 400)
    return new ProviderRejectedError(`The ${service} service redirects, which is not followed.`, cause);
  if (status < 500) {
    const param = namedField(error.param, sent);
    return new ProviderRejectedError(`The ${service} service refused the request.`, {
      ...cause,
      ...(param !== undefined && { param }),
    });
  }
  return new ProviderFailedError(`The ${service} service failed.`, {
    ...cause,
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof APIUserAbortError || (error instanceof Error && error.name === 'AbortError');
}

/** Only names of the caller's own fields, with places such as `messages[0].content` inside them. */
function namedField(param: unknown, sent: object): string | undefined {
  if (typeof param !== 'string') return undefined;
  const [field = '', ...places] = param.split(/[.[\]]+/).filter((part) => part !== '');
  if (!Object.hasOwn(sent, field)) return undefined;
  const isPlain = places.every((place) => /^(?:\d{1,4}|role|content|type|text|name)$/.test(place));
  return isPlain && places.length < 8 ? [field, ...places].join('.') : field;
}
