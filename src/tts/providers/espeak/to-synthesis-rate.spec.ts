import { describe, expect, it } from '@jest/globals';
import { toSynthesisRate } from './to-synthesis-rate.js';

/** A second of a 441 Hz tone at espeak's rate. */
function tone(): Buffer {
  const bytes = Buffer.alloc(22_050 * 2);
  for (let index = 0; index < 22_050; index++)
    bytes.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * 441 * index) / 22_050)), index * 2);
  return bytes;
}

async function convert(pieces: readonly Buffer[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  for await (const chunk of toSynthesisRate(source())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe(toSynthesisRate.name, () => {
  it('keeps the duration and the tone', async () => {
    const result = await convert([tone()]);

    expect(Math.abs(result.length / 2 - 24_000)).toBeLessThanOrEqual(2);
    for (let index = 0; index < 23_000; index += 97) {
      const right = 10_000 * Math.sin((2 * Math.PI * 441 * index) / 24_000);
      expect(Math.abs(result.readInt16LE(index * 2) - right)).toBeLessThan(60);
    }
  });

  it('does not depend on how the samples were cut', async () => {
    const whole = tone();
    const pieces: Buffer[] = [];
    for (let start = 0; start < whole.length; start += 777) pieces.push(whole.subarray(start, start + 777));
    const [once, cut] = [await convert([whole]), await convert(pieces)];

    expect(Math.abs(cut.length - once.length)).toBeLessThanOrEqual(2);
    expect(cut.subarray(0, 40_000).equals(once.subarray(0, 40_000))).toBe(true);
  });
});
