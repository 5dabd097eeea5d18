import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.js';

describe(RateLimit.name, () => {
  it('lets a burst through', () => {
    const sut = new RateLimit(100, 10, () => 0);
    sut.spend(100);
    expect(sut.waitMs).toBe(0);
  });

  it('says how long a debt takes to pay', () => {
    const sut = new RateLimit(100, 10, () => 0);
    sut.spend(105);
    expect(sut.waitMs).toBe(500);
  });

  it('refills with time, up to its burst', () => {
    let now = 0;
    const sut = new RateLimit(100, 10, () => now);
    sut.spend(105);
    now = 100_000;
    sut.spend(101);
    expect(sut.waitMs).toBe(100);
  });
});
