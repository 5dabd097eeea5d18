import { describe, expect, it } from '@jest/globals';
import { Checkpoints } from './checkpoints.js';

describe(Checkpoints.name, () => {
  it('answers with the first place at which the bytes are no longer needed', () => {
    const sut = new Checkpoints();
    sut.pass(100, 1_000);
    sut.pass(200, 2_000);

    expect(sut.durableFrom(1)).toBe(1_000);
    expect(sut.durableFrom(100)).toBe(1_000);
    expect(sut.durableFrom(101)).toBe(2_000);
    expect(sut.durableFrom(201)).toBeUndefined();
  });

  it('becomes coarse rather than large when nobody asks', () => {
    const sut = new Checkpoints();
    for (let place = 1; place <= 100_000; place++) sut.pass(place, place * 10);

    expect(sut.durableFrom(1_000)).toBe(10_000);
    expect(sut.durableFrom(50_000)).toBe(1_000_000);
    sut.pass(100_001, 1_000_010);
    expect(sut.durableFrom(100_001)).toBe(1_000_010);
  });
});
