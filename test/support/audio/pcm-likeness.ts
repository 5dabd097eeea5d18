import { expect } from '@jest/globals';

/** Decoders place a sample up to 1/8 ms apart: their resamplers have delays of their own. */
const MAX_LAG_SAMPLES = 2;

/** Best correlation of two recordings over the lags that decoders differ by; 1 = the same but for loudness. */
export function likeness(a: Int16Array, b: Int16Array): number {
  let best = -1;
  for (let lag = -MAX_LAG_SAMPLES; lag <= MAX_LAG_SAMPLES; lag++)
    best = Math.max(best, correlation(a, b, lag));
  return best;
}

/** Expects the same audio, of which up to `edgeSamples` more or fewer at the ends are no difference. */
export function expectAlike(
  actual: Int16Array,
  reference: Int16Array,
  edgeSamples: number,
  leastLikeness = 0.99,
): void {
  expect(Math.abs(actual.length - reference.length)).toBeLessThanOrEqual(edgeSamples);
  expect(likeness(actual, reference)).toBeGreaterThan(leastLikeness);
}

function correlation(a: Int16Array, b: Int16Array, lag: number): number {
  const end = Math.min(a.length, b.length - lag);
  let product = 0;
  let energyA = 0;
  let energyB = 0;
  for (let index = Math.max(0, -lag); index < end; index++) {
    const x = a[index]!;
    const y = b[index + lag]!;
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / Math.sqrt(energyA * energyB);
}
