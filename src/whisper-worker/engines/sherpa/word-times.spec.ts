import { describe, expect, it } from '@jest/globals';
import { wordTimes } from './word-times.js';

describe(wordTimes.name, () => {
  it('joins tokens to words and lets each end where the next begins', () => {
    expect(
      wordTimes([' Turn', ' on', ' the', ' li', 'ght', '.'], [0, 0.3, 0.5, 0.7, 0.8, 1], 16_000),
    ).toEqual([
      { word: 'Turn', start: 0, end: 4_800 },
      { word: 'on', start: 4_800, end: 8_000 },
      { word: 'the', start: 8_000, end: 11_200 },
      { word: 'light.', start: 11_200, end: 16_000 },
    ]);
  });

  it('takes a first token without a blank for a word', () => {
    expect(wordTimes(['One', ' two'], [0, 0.5], 16_000)?.map(({ word }) => word)).toEqual(['One', 'two']);
  });

  it('never goes beyond the audio or backwards', () => {
    for (const { start, end } of wordTimes([' a', ' b', ' c'], [0.5, 0.4, 9], 16_000) ?? []) {
      expect([start <= end, end <= 16_000]).toEqual([true, true]);
    }
  });

  it('gives nothing where the model measured nothing', () => {
    expect(wordTimes([' a', ' b'], [], 16_000)).toBeUndefined();
  });
});
