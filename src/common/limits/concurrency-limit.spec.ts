import { describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../errors/caller-errors.js';
import { TenantConcurrencyLimit } from './concurrency-limit.js';

describe(TenantConcurrencyLimit.name, () => {
  const start = (): TenantConcurrencyLimit =>
    new TenantConcurrencyLimit(4, 'speech', { tenants: 2, percent: 75 });

  it('refuses a tenant what is kept for another one', () => {
    const sut = start();
    for (let count = 0; count < 3; count++) sut.acquire('a');

    expect(() => sut.acquire('a')).toThrow(
      new OverloadedError('Your share of the places for speech is taken.'),
    );
    expect(() => sut.acquire('b')).not.toThrow();
    expect(() => sut.acquire('b')).toThrow(new OverloadedError('All 4 places for speech are taken.'));
  });

  it('counts a place that was given back twice once', () => {
    const sut = start();
    const release = sut.acquire('a');
    sut.acquire('a');
    release();
    release();

    expect(sut.takenBy('a')).toBe(1);
    expect(sut.taken).toBe(1);
  });
});
