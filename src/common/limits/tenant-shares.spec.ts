import { describe, expect, it } from '@jest/globals';
import { ONE_TENANT, TenantShares } from './tenant-shares.js';

/** Takes single ones until the next does not fit. */
function takeAll(sut: TenantShares, tenantId: string): number {
  let taken = 0;
  while (sut.acquire(tenantId)) taken += 1;
  return taken;
}

describe(TenantShares.name, () => {
  it('gives a lone tenant everything', () => {
    expect(takeAll(new TenantShares(8, ONE_TENANT), 'a')).toBe(8);
  });

  it.each([
    { limit: 256, tenants: 2, share: 192, left: 64 },
    { limit: 8, tenants: 2, share: 6, left: 2 },
    { limit: 2, tenants: 2, share: 1, left: 1 },
    { limit: 16, tenants: 3, share: 12, left: 2 },
  ])(
    'holds one of $tenants tenants to $share of $limit and keeps $left for the next',
    ({ limit, tenants, share, left }) => {
      const sut = new TenantShares(limit, { tenants, percent: 75 });

      expect(takeAll(sut, 'a')).toBe(share);
      expect(takeAll(sut, 'b')).toBe(left);
    },
  );

  it('follows tenants that come and go, and takes nothing away that is held', () => {
    const sharing = { tenants: 1, percent: 75 };
    const sut = new TenantShares(8, sharing);
    expect(takeAll(sut, 'a')).toBe(8);

    sharing.tenants = 2;
    expect(sut.fits('b')).toBe(false);
    sut.release('a', 4);

    expect(takeAll(sut, 'b')).toBe(4);
    expect(sut.taken).toBe(8);
    sut.release('a', 4);
    expect(takeAll(sut, 'b')).toBe(2);
    sharing.tenants = 1;
    expect(takeAll(sut, 'b')).toBe(2);
  });

  it('keeps the part of the last tenant, however much all the others want', () => {
    const sut = new TenantShares(100, { tenants: 6, percent: 75 });
    const others = ['a', 'b', 'c', 'd', 'e'].map((tenant) => takeAll(sut, tenant));

    expect(others).toEqual([75, 5, 5, 5, 5]);
    expect(takeAll(sut, 'f')).toBe(5);
    expect(sut.taken).toBe(100);
  });

  it('gives each a part even when everybody wants at once', () => {
    const sut = new TenantShares(64, { tenants: 3, percent: 75 });
    const tenants = ['a', 'b', 'c'];
    for (let round = 0; round < 64; round++) for (const tenant of tenants) sut.acquire(tenant);

    expect(sut.taken).toBe(64);
    for (const tenant of tenants) expect(sut.takenBy(tenant)).toBeGreaterThanOrEqual(8);
  });

  it('gives each of more tenants than places one at least, while there is one', () => {
    const sut = new TenantShares(2, { tenants: 10, percent: 75 });

    expect([sut.acquire('a'), sut.acquire('a'), sut.acquire('b'), sut.acquire('c')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('takes amounts as a whole or not at all', () => {
    const sut = new TenantShares(1_000, { tenants: 2, percent: 75 });

    expect(sut.acquire('a', 700)).toBe(true);
    expect(sut.acquire('a', 51)).toBe(false);
    expect(sut.acquire('a', 50)).toBe(true);
    expect(sut.acquire('b', 251)).toBe(false);
    expect(sut.acquire('b', 250)).toBe(true);
  });

  it('takes back what is given back', () => {
    const sut = new TenantShares(8, { tenants: 2, percent: 75 });
    takeAll(sut, 'a');
    for (let count = 0; count < 6; count++) sut.release('a');

    expect(sut.taken).toBe(0);
    expect(takeAll(sut, 'b')).toBe(6);
    expect(takeAll(sut, 'a')).toBe(2);
  });

  it('stays within its limit whatever was there before', () => {
    const sut = new TenantShares(8, { tenants: 2, percent: 75 });
    sut.add('gone', 7);

    expect([sut.acquire('a'), sut.acquire('a')]).toEqual([true, false]);
  });
});
