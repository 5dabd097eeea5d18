import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { configurationOf } from '../configuration.js';
import { ApiKeyVerifier, bearerToken } from './api-key.verifier.js';
import { KeyChanges } from './keys/key-changes.js';
import { KeyRing } from './keys/key-ring.js';

async function verifierWith(keys: Record<string, string>): Promise<ApiKeyVerifier> {
  const entries = Object.entries(keys).map(
    ([tenant, key]) => `${tenant}:${createHash('sha256').update(key).digest('hex')}`,
  );
  const { auth } = configurationOf({ API_KEYS: entries.join(',') });
  return new ApiKeyVerifier(await KeyRing.open(auth, new KeyChanges()));
}

describe(ApiKeyVerifier.name, () => {
  const KEYS = { acme: 'key-of-acme', globex: 'key-of-globex' };

  it('tells the tenant of a key', async () => {
    const sut = await verifierWith(KEYS);

    expect(sut.verify('key-of-globex')).toMatchObject({ tenantId: 'globex' });
  });

  it.each([undefined, '', 'nobody', 'key-of-acme '])('refuses %p', async (key) => {
    const sut = await verifierWith(KEYS);

    expect(() => sut.verify(key)).toThrow(UnauthorizedError);
  });

  it('admits everyone as the local tenant when there are no keys', async () => {
    expect((await verifierWith({})).verify(undefined)).toMatchObject({ tenantId: 'local' });
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
