import { describe, expect, it } from '@jest/globals';
import {
  CODED_WORD_SAMPLES,
  decodeWords,
  encodeWord,
  encodeWords,
  formatCodedWord,
  parseCodedWords,
} from './coded-words.js';

const toFloat = (samples: Int16Array): Float32Array =>
  Float32Array.from(samples, (sample) => sample / 32_768);
const read = (samples: Float32Array): string => decodeWords(samples).map(formatCodedWord).join(' ');

describe(encodeWords.name, () => {
  it('is read back, at the extremes as well', () => {
    const words = [0, 1, 255, 256, 4_095, 40_000, 65_535].map((number) => ({ space: number & 255, number }));
    expect(decodeWords(toFloat(encodeWords(words))).map(({ space, number }) => ({ space, number }))).toEqual(
      words,
    );
  });

  it('takes 200 ms per word', () => {
    expect(encodeWord({ space: 1, number: 1 }).length).toBe(CODED_WORD_SAMPLES);
  });
});

describe(decodeWords.name, () => {
  const three = toFloat(encodeWords([1, 2, 3].map((number) => ({ space: 9, number }))));

  it('finds words wherever they begin', () => {
    for (const lead of [0, 1, 37, 511, 4_000]) {
      const shifted = new Float32Array(lead + three.length);
      shifted.set(three, lead);
      const offBy = decodeWords(shifted).map(({ at }, index) => at - lead - index * CODED_WORD_SAMPLES);
      // The first sample of a tone is too soft to be noticed.
      expect(offBy).toEqual([1, 1, 1]);
    }
  });

  it('reads quiet words', () => {
    expect(read(three.map((sample) => sample * 0.03))).toBe('9:1 9:2 9:3');
  });

  it('reads words in light noise', () => {
    let state = 1;
    const noisy = three.map((sample) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return sample + 0.02 * (state / 1_073_741_824 - 1);
    });
    expect(read(noisy)).toBe('9:1 9:2 9:3');
  });

  it('does not read a word that was cut, but those around it', () => {
    const cut = new Float32Array([...three.subarray(0, 3_200), ...three.subarray(4_000)]);
    expect(read(cut)).toBe('9:1 9:3');
  });

  it('reads nothing in silence', () => {
    expect(read(new Float32Array(16_000))).toBe('');
  });
});

describe(parseCodedWords.name, () => {
  it('reads what the fake engine writes', () => {
    expect(parseCodedWords('7:1 7:65535')).toEqual([
      { space: 7, number: 1 },
      { space: 7, number: 65_535 },
    ]);
  });
});
