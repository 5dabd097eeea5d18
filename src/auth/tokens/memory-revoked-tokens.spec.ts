import { describe, expect, it } from '@jest/globals';
import { MemoryRevokedTokens } from './memory-revoked-tokens.js';

const token = (id: string, tenantId = 'acme', expiresAtMs = 1_000) => ({ id, tenantId, expiresAtMs });

describe(MemoryRevokedTokens.name, () => {
  it('forgets none for another, and gives the place of one that has expired', async () => {
    let nowMs = 0;
    const sut = new MemoryRevokedTokens(1, () => nowMs);
    await sut.add(token('a'));

    await expect(sut.add(token('b'))).rejects.toMatchObject({ code: 'overloaded' });
    await sut.add(token('a'));
    expect(await sut.has(token('a'))).toBe(true);

    nowMs = 1_000;
    await sut.add(token('b', 'acme', 2_000));
    expect([await sut.has(token('a')), await sut.has(token('b'))]).toEqual([false, true]);
  });

  it('gives each tenant places of its own', async () => {
    const sut = new MemoryRevokedTokens(1);
    await sut.add(token('a'));
    await sut.add(token('a', 'globex'));

    expect(await sut.has(token('b', 'globex'))).toBe(false);
  });
});
