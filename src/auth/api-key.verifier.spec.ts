import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { configurationOf } from '../configuration.js';
import { ApiKeyVerifier, bearerToken } from './api-key.verifier.js';

function verifierWith(keys: Record<string, string>): ApiKeyVerifier {
  const entries = Object.entries(keys).map(
    ([tenant, key]) => `${tenant}:${createHash('sha256').update(key).digest('hex')}`,
  );
  return new ApiKeyVerifier(configurationOf({ API_KEYS: entries.join(',') }).auth);
}

describe(ApiKeyVerifier.name, () => {
  const sut = verifierWith({ acme: 'key-of-acme', globex: 'key-of-globex' });

  it('tells the tenant of a key', () => {
    expect(sut.verify('key-of-globex')).toMatchObject({ tenantId: 'globex' });
  });

  it.each([undefined, '', 'nobody', 'key-of-acme '])('refuses %p', (key) => {
    expect(() => sut.verify(key)).toThrow(UnauthorizedError);
  });

  it('admits everyone as the local tenant when there are no keys', () => {
    expect(verifierWith({}).verify(undefined)).toMatchObject({ tenantId: 'local' });
  });
});

describe(bearerToken.name, () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    [undefined, undefined],
  ])('reads %p as %p', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });
});
