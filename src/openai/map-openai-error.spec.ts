import { describe, expect, it } from '@jest/globals';
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { NotFoundError } from '../common/errors/caller-errors.js';
import type { ParleyError } from '../common/errors/parley-error.js';
import { mapOpenAiError } from './map-openai-error.js';

const SECRET = 'provider says: sk-swordfish is not valid';

function answered(status: number, headers: Record<string, string> = {}): APIError {
  return APIError.generate(status, { error: { message: SECRET } }, SECRET, new Headers(headers));
}

function map(error: unknown): ParleyError {
  return mapOpenAiError(error, 'speech') as ParleyError;
}

describe(mapOpenAiError.name, () => {
  it.each([
    [400, 'provider_rejected'],
    [401, 'provider_auth'],
    [403, 'provider_auth'],
    [404, 'provider_rejected'],
    [422, 'provider_rejected'],
    [429, 'provider_rate_limited'],
    [500, 'provider_failed'],
    [503, 'provider_failed'],
  ])('maps the status %i to %s', (status, code) => {
    expect(map(answered(status)).code).toBe(code);
  });

  it.each([
    ['a timeout', new APIConnectionTimeoutError(), 'provider_timeout'],
    ['a refused connection', new APIConnectionError({ message: 'refused' }), 'provider_failed'],
    ['a body that was cut', new TypeError('terminated'), 'provider_failed'],
  ])('maps %s', (_what, error, code) => {
    expect(map(error).code).toBe(code);
  });

  it('sends no word of the provider to the caller', () => {
    for (const status of [400, 401, 429, 500])
      expect(map(answered(status)).message).not.toContain('swordfish');
  });

  it.each([
    ['in seconds', { 'retry-after': '7' }, 7_000],
    ['missing', {}, 1_000],
    ['nonsense', { 'retry-after': 'soon' }, 1_000],
    ['absurdly long', { 'retry-after': '999999' }, 3_600_000],
  ])('tells how long to wait when Retry-After is %s', (_how, headers, retryAfterMs) => {
    expect(map(answered(429, headers as Record<string, string>)).retryAfterMs).toBe(retryAfterMs);
  });

  it('leaves our own errors and aborts as they are', () => {
    const own = new NotFoundError('gone');
    const abort = new APIUserAbortError();

    expect(mapOpenAiError(own, 'speech')).toBe(own);
    expect(mapOpenAiError(abort, 'speech')).toBe(abort);
  });
});
