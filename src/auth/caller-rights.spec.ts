import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { assertConcerns, assertNotExpired, assertOrigin } from './caller-rights.js';
import type { Caller, TokenBind } from './caller.js';

function callerWith(bind: TokenBind, expiresAtMs = Date.now() + 60_000): Caller {
  return { tenantId: 'acme', keyId: 'k', scopes: new Set(), expiresAtMs, token: { id: 't', bind } };
}

describe('rights of a caller', () => {
  it('let one that is bound to nothing begin and touch what it likes', () => {
    expect(() => assertConcerns(callerWith({}), undefined)).not.toThrow();
    expect(() => assertNotExpired(callerWith({}))).not.toThrow();
    expect(() => assertConcerns(callerWith({}), { kind: 'run', id: 'a' })).not.toThrow();
  });

  it('let one that has expired begin nothing', () => {
    expect(() => assertNotExpired(callerWith({}, Date.now()))).toThrow('expired');
  });

  it.each<[string, { kind: 'run' | 'session'; id: string } | undefined, string]>([
    ['what it is not bound to', undefined, 'forbidden'],
    ['another kind of thing', { kind: 'session', id: 'a' }, 'forbidden'],
    ['another run', { kind: 'run', id: 'b' }, 'not_found'],
  ])('keep one that is bound to a run from %s', (_what, concerned, code) => {
    expect(() => assertConcerns(callerWith({ run: 'a' }), { kind: 'run', id: 'a' })).not.toThrow();
    expect(() => assertConcerns(callerWith({ run: 'a' }), concerned)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  const checkOrigin = (headers: IncomingHttpHeaders): void =>
    assertOrigin(callerWith({ origin: 'https://a.example' }), headers);

  it.each([{ origin: 'https://a.example' }, { referer: 'https://a.example/page' }])(
    'of one that is bound to pages hold on that page: %j',
    (headers) => {
      expect(() => checkOrigin(headers)).not.toThrow();
    },
  );

  it.each<IncomingHttpHeaders>([
    { origin: 'https://b.example', referer: 'https://a.example/' },
    { referer: 'https://a.example.evil/' },
    { referer: 'nonsense' },
    {},
  ])('of one that is bound to pages end elsewhere: %j', (headers) => {
    expect(() => checkOrigin(headers)).toThrow('origin');
  });
});
