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
    [302, 'provider_rejected'],
    [307, 'provider_rejected'],
    [400, 'provider_rejected'],
    [401, 'provider_auth'],
    [402, 'provider_auth'],
    [403, 'provider_auth'],
    [404, 'provider_rejected'],
    [405, 'provider_rejected'],
    [415, 'provider_rejected'],
    [408, 'provider_timeout'],
    [422, 'provider_rejected'],
    [429, 'provider_rate_limited'],
    [500, 'provider_failed'],
    [503, 'provider_failed'],
    [529, 'provider_failed'],
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

  it('asks nobody to come back when the account has to be paid first', () => {
    const spent = APIError.generate(429, { error: { code: 'insufficient_quota' } }, SECRET, new Headers());

    expect(map(spent)).toMatchObject({ code: 'provider_auth', retryable: false });
    expect(map(answered(302))).toMatchObject({ retryable: false });
  });

  it('passes on when a service that is down wants to be asked again', () => {
    expect(map(answered(503, { 'Retry-After': '4' }))).toMatchObject({ retryAfterMs: 4_000 });
    expect(map(answered(503)).retryAfterMs).toBeUndefined();
  });

  it.each([
    ['temperature', 'temperature'],
    ['messages[0].content', 'messages.0.content'],
    ['messages.1.swordfish', 'messages'],
    ['swordfish', undefined],
    ['__proto__', undefined],
    ['', undefined],
  ])('names the field %j only as far as the caller has sent it', (param, expected) => {
    const refused = APIError.generate(400, { error: { param } }, SECRET, new Headers());
    const mapped = mapOpenAiError(refused, 'chat', { temperature: 1, messages: [] }) as ParleyError;

    expect(mapped.param).toBe(expected);
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
