import { describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../errors/caller-errors.js';
import { TenantPlaces } from './tenant-places.js';

describe(TenantPlaces.name, () => {
  const start = (): TenantPlaces => new TenantPlaces(4, 'speech', { tenants: 2, percent: 75 });

  it('refuses a tenant what is kept for another one', () => {
    const sut = start();
    for (let count = 0; count < 3; count++) sut.take('a');

    expect(() => sut.take('a')).toThrow(new OverloadedError('Your share of the places for speech is taken.'));
    expect(() => sut.take('b')).not.toThrow();
    expect(() => sut.take('b')).toThrow(new OverloadedError('All 4 places for speech are taken.'));
  });

  it('counts a place that was given back twice once', () => {
    const sut = start();
    const leave = sut.take('a');
    sut.take('a');
    leave();
    leave();

    expect(sut.takenBy('a')).toBe(1);
    expect(sut.taken).toBe(1);
  });
});
