import { describe, expect, it } from '@jest/globals';
import { sample } from '../../../test/support/samples.js';
import { DcBlocker } from './dc-blocker.js';

const WAV = sample('three-sentences.wav');
const SPEECH = Int16Array.from({ length: (WAV.length - 44) / 2 }, (_, index) =>
  WAV.readInt16LE(44 + 2 * index),
);

/** The speech at half its loudness, with something added to each sample. */
function withOffset(offset: (index: number) => number): Int16Array {
  return SPEECH.map((sample, index) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample / 2 + offset(index)))),
  );
}

function blocked(samples: Int16Array, size = samples.length): Int16Array {
  const sut = new DcBlocker();
  const result = new Int16Array(samples.length);
  for (let at = 0; at < samples.length; at += size)
    result.set(sut.apply(samples.subarray(at, at + size)), at);
  return result;
}

/** Correlation of two signals: 1 when one is the other, louder or softer. */
function likeness(one: Int16Array, other: Int16Array): number {
  const product = (a: Int16Array, b: Int16Array): number =>
    a.reduce((sum, sample, at) => sum + sample * b[at]!, 0);
  return product(one, other) / Math.sqrt(product(one, one) * product(other, other));
}

describe(DcBlocker.name, () => {
  it.each<[string, (index: number) => number]>([
    ['none', () => 0],
    ['a thousandth', () => 33],
    ['a tenth', () => 3_277],
    ['minus a third', () => -10_923],
    ['one that drifts', (index) => 6_000 * Math.sin(index / 40_000)],
    ['one that jumps', (index) => (index < 30_000 ? 3_000 : -3_000)],
  ])('gives the same speech for an offset of %s', (_, offset) => {
    const samples = blocked(withOffset(offset));

    expect(samples).toHaveLength(SPEECH.length);
    expect(likeness(samples, blocked(withOffset(() => 0)))).toBeGreaterThan(0.98);
    expect(likeness(samples, SPEECH)).toBeGreaterThan(0.95);
    const mean = samples.slice(40_000).reduce((sum, sample) => sum + sample, 0) / (samples.length - 40_000);
    expect(Math.abs(mean)).toBeLessThan(5);
  });

  it.each([1, 7, 320, 4_000])('gives the same in pieces of %d samples', (size) => {
    const samples = withOffset(() => 3_277);

    expect(blocked(samples, size)).toEqual(blocked(samples));
  });

  it('begins with silence where only the offset is heard', () => {
    expect(blocked(new Int16Array(1_000).fill(-9_000))).toEqual(new Int16Array(1_000));
  });

  it('takes nothing for no audio', () => {
    const sut = new DcBlocker();
    sut.apply(new Int16Array(0));

    expect(sut.apply(Int16Array.of(5_000, 5_000))).toEqual(Int16Array.of(0, 0));
  });

  it('does not wrap round at the loudest', () => {
    const square = Int16Array.from({ length: 4_000 }, (_, index) => (index % 200 < 100 ? 32_767 : -32_768));

    const samples = blocked(square);

    expect(
      samples.every((sample, index) => sample === 0 || index < 100 || sample > 0 === square[index]! > 0),
    ).toBe(true);
  });
});
