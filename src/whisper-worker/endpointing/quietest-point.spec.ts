import { describe, expect, it } from '@jest/globals';
import { LEVEL_SAMPLES, levelsOf, quietestPoint } from './quietest-point.js';

const levels = (powers: number[]) =>
  powers.map((power, index) => ({ position: index * LEVEL_SAMPLES, power }));

describe(quietestPoint.name, () => {
  it('finds the gap', () => {
    expect(quietestPoint(levels([1, 1, 1, 0, 0, 0, 1, 1, 1]), 0)).toBe(4 * LEVEL_SAMPLES);
  });

  it('takes no gap that is only one level short', () => {
    expect(quietestPoint(levels([1, 1, 0, 1, 1, 0, 0, 0, 1]), 0)).toBe(6 * LEVEL_SAMPLES);
  });

  it('does not look before the given point', () => {
    expect(quietestPoint(levels([1, 0, 0, 0, 1, 1, 0, 0, 0, 1]), 5 * LEVEL_SAMPLES)).toBe(7 * LEVEL_SAMPLES);
  });

  it('finds nothing in nothing', () => {
    expect(quietestPoint([], 0)).toBeUndefined();
  });
});

describe(levelsOf.name, () => {
  it('gives the mean square of each stretch at its middle', () => {
    const samples = new Float32Array(LEVEL_SAMPLES * 2).fill(0.5, LEVEL_SAMPLES);
    expect(levelsOf(samples, 1_000)).toEqual([
      { position: 1_000 + LEVEL_SAMPLES / 2, power: 0 },
      { position: 1_000 + LEVEL_SAMPLES * 1.5, power: 0.25 },
    ]);
  });
});
