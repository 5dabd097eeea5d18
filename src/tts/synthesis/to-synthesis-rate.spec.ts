import { describe, expect, it } from '@jest/globals';
import { toSamples } from '../../../test/support/audio/fixtures.js';
import { toSynthesisRate } from './to-synthesis-rate.js';

const EDGE_SAMPLES = 500;

/** A second of a tone at espeak's rate. */
function tone(frequency: number): Buffer {
  const bytes = Buffer.alloc(22_050 * 2);
  for (let index = 0; index < 22_050; index++)
    bytes.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * frequency * index) / 22_050)), index * 2);
  return bytes;
}

async function convert(pieces: readonly Buffer[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  for await (const chunk of toSynthesisRate(source(), 22_050)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The level of all that is not the tone, against the tone, in dB. */
function everythingElseDb(samples: Int16Array, frequency: number): number {
  const middle = samples.subarray(EDGE_SAMPLES, samples.length - EDGE_SAMPLES);
  let sum = 0;
  let power = 0;
  for (const [index, sample] of middle.entries()) {
    const right = 10_000 * Math.sin((2 * Math.PI * frequency * (index + EDGE_SAMPLES)) / 24_000);
    sum += (sample - right) ** 2;
    power += right ** 2;
  }
  return 10 * Math.log10(sum / power);
}

describe(toSynthesisRate.name, () => {
  it('keeps the duration', async () => {
    expect(await convert([tone(441)])).toHaveLength(24_000 * 2);
  });

  // Straight lines between the samples mirror 8 kHz at 9.95 kHz: what is not the tone is then 7 dB below it.
  it.each([441, 1_000, 4_000, 8_000, 9_500])(
    'keeps a tone of %d Hz, and adds no other',
    async (frequency) => {
      const samples = toSamples(await convert([tone(frequency)]));

      expect(everythingElseDb(samples, frequency)).toBeLessThan(-40);
    },
  );

  it('does not depend on how the samples were cut', async () => {
    const whole = tone(441);
    const pieces: Buffer[] = [];
    for (let start = 0; start < whole.length; start += 777) pieces.push(whole.subarray(start, start + 777));

    expect((await convert(pieces)).equals(await convert([whole]))).toBe(true);
  });

  it('gives nothing for nothing', async () => {
    expect(await convert([])).toHaveLength(0);
  });
});
