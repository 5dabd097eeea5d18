import { describe, expect, it } from '@jest/globals';
import { joined } from '../../../test/support/audio/decode-all.js';
import { fingerprint } from '../../../test/support/audio/fingerprint.js';
import { levelDb, tone } from '../../../test/support/audio/tone.js';
import { Resampler } from './resampler.js';

const RATES = [8_000, 11_025, 12_000, 22_050, 24_000, 32_000, 44_100, 48_000, 44_101];

function resample(samples: Float32Array, sampleRate: number, chunkSamples = samples.length): Int16Array {
  const sut = new Resampler(sampleRate);
  const blocks: Int16Array[] = [];
  for (let at = 0; at < samples.length; at += chunkSamples)
    blocks.push(sut.write(samples.subarray(at, at + chunkSamples)));
  return joined([...blocks, sut.finish()]);
}

describe(Resampler.name, () => {
  it.each(RATES)('keeps a tone of 1 kHz from %d Hz as it is, in level and in phase', (rate) => {
    const expected = tone(1_000, 16_000, 2);

    const samples = resample(tone(1_000, rate, 2), rate);

    expect(samples).toHaveLength(expected.length);
    const worst = samples
      .subarray(500, 31_500)
      .reduce((most, sample, index) => Math.max(most, Math.abs(sample / 32_768 - expected[index + 500]!)), 0);
    expect(worst).toBeLessThan(0.001);
  });

  it.each([
    [48_000, 9_500],
    [44_100, 10_000],
    [22_050, 10_500],
    [32_000, 15_000],
  ])('removes from %d Hz what would fold back from %d Hz', (rate, frequency) => {
    expect(levelDb(resample(tone(frequency, rate, 1), rate))).toBeLessThan(-70);
  });

  it('adds no mirror image above the band of a low rate', () => {
    const samples = resample(tone(3_000, 8_000, 1), 8_000);
    const expected = tone(3_000, 16_000, 1);

    const error = samples.map((sample, index) => sample - Math.round(expected[index]! * 32_768));

    expect(levelDb(error)).toBeLessThan(-60);
  });

  it('keeps speech up to 7 kHz', () => {
    expect(levelDb(resample(tone(7_000, 48_000, 1), 48_000))).toBeGreaterThan(-1);
  });

  it.each([1, 7, 160, 1_000])('makes the same samples in pieces of %d', (chunkSamples) => {
    const input = tone(440, 44_100, 0.5);

    expect(fingerprint(resample(input, 44_100, chunkSamples))).toBe(fingerprint(resample(input, 44_100)));
  });

  it('does not drift over two minutes', () => {
    const sut = new Resampler(44_100);
    const second = new Float32Array(44_100);
    let given = 0;

    for (let count = 0; count < 120; count++) given += sut.write(second).length;

    expect(given + sut.finish().length).toBe(120 * 16_000);
  });

  it('clips instead of wrapping around', () => {
    const samples = resample(new Float32Array(16_000).fill(3), 16_000);

    expect(samples.every((sample) => sample === 32_767)).toBe(true);
  });

  it('gives nothing for nothing', () => {
    expect(resample(new Float32Array(0), 48_000)).toHaveLength(0);
  });
});
