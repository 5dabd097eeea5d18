import { ParleyError } from './parley-error.js';

/** Failures of an engine or service behind us. Only these are candidates for retry or failover. */

/** No provider is configured for a feature; the message names the variable to set. */
export class ProviderUnconfiguredError extends ParleyError {
  readonly code = 'provider_unconfigured';
  readonly retryable = false;
}

/** The provider called the request itself wrong (400, 404, 422). */
export class ProviderRejectedError extends ParleyError {
  readonly code = 'provider_rejected';
  readonly retryable = false;
}

/** The provider refused our key (401, 403). */
export class ProviderAuthError extends ParleyError {
  readonly code = 'provider_auth';
  readonly retryable = false;
}

export class ProviderRateLimitedError extends ParleyError {
  readonly code = 'provider_rate_limited';
  readonly retryable = true;
}

export class ProviderTimeoutError extends ParleyError {
  readonly code = 'provider_timeout';
  readonly retryable = true;
}

/** The provider answered 5xx, answered garbage, or cut the connection. */
export class ProviderFailedError extends ParleyError {
  readonly code = 'provider_failed';
  readonly retryable = true;
}

/** No Whisper worker could be reached, or the one in use was lost and none took over. */
export class WorkerUnavailableError extends ParleyError {
  readonly code = 'worker_unavailable';
  readonly retryable = true;
}

/** The audio of a session ends whatever works on it. It would do the same again. */
export class AudioFailedError extends ParleyError {
  readonly code = 'internal';
  readonly retryable = false;
}

/** The keys by which tokens of the identity provider are verified cannot be fetched: nobody is let in, and nobody is called wrong. */
export class AuthUnavailableError extends ParleyError {
  readonly code = 'auth_unavailable';
  readonly retryable = true;
}

/** What any call to a provider may fail with. */
export const PROVIDER_ERRORS = [
  ProviderUnconfiguredError,
  ProviderRejectedError,
  ProviderAuthError,
  ProviderRateLimitedError,
  ProviderTimeoutError,
  ProviderFailedError,
] as const;
