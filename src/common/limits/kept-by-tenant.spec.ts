import { describe, expect, it } from '@jest/globals';
import { KeptByTenant } from './kept-by-tenant.js';

function kept(sut: KeptByTenant<number>, tenantId: string): number[] {
  return [...sut.of(tenantId)];
}

describe(KeptByTenant.name, () => {
  it('drops the oldest thing of the tenant who keeps most', () => {
    const sut = new KeptByTenant<number>(4);
    sut.add('b', 'b1', 1);
    for (let count = 1; count <= 20; count += 1) sut.add('a', `a${count}`, count);

    expect(kept(sut, 'b')).toEqual([1]);
    expect(kept(sut, 'a')).toEqual([18, 19, 20]);
    expect(sut.size).toBe(4);
  });

  it('takes the room of a tenant from those who have more than it', () => {
    const sut = new KeptByTenant<number>(4);
    for (let count = 1; count <= 4; count += 1) sut.add('a', `a${count}`, count);

    expect(sut.add('b', 'b1', 1)).toEqual([1]);
    expect(sut.add('b', 'b2', 2)).toEqual([2]);
    expect(sut.add('c', 'c1', 1)).toHaveLength(1);
    expect(sut.size).toBe(4);
  });

  it('keeps nothing when nothing may be kept', () => {
    const sut = new KeptByTenant<number>(0);

    expect(sut.add('a', 'a1', 1)).toEqual([1]);
    expect(sut.size).toBe(0);
  });

  it('counts a thing that is kept anew once', () => {
    const sut = new KeptByTenant<number>(2);
    sut.add('a', 'a1', 1);
    sut.add('a', 'a1', 2);

    expect(sut.size).toBe(1);
    expect(sut.get('a', 'a1')).toBe(2);
    expect(sut.get('b', 'a1')).toBeUndefined();
  });

  it('forgets the oldest ones up to the first that is to be kept', () => {
    const sut = new KeptByTenant<number>(9);
    for (const [id, item] of [1, 2, 3, 1].entries()) sut.add('a', String(id), item);
    sut.add('b', 'b', 1);
    sut.removeOldest((item) => item < 3);

    expect(kept(sut, 'a')).toEqual([3, 1]);
    expect(kept(sut, 'b')).toEqual([]);
    expect(sut.size).toBe(2);
  });
});
