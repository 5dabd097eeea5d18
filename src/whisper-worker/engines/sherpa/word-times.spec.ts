import { describe, expect, it } from '@jest/globals';
import { wordTimes } from './word-times.js';

describe(wordTimes.name, () => {
  it('joins tokens to words; marks take no time', () => {
    const timed = {
      tokens: [' Turn', ' on', ' the', ' li', 'ght', '.'],
      timestamps: [0, 0.3, 0.5, 0.6, 0.7, 0.9],
      durations: [0.2, 0.2, 0.1, 0.1, 0.2, 0.1],
    };
    expect(wordTimes(timed, 16_000)).toEqual([
      { word: 'Turn', start: 0, end: 3_200 },
      { word: 'on', start: 4_800, end: 8_000 },
      { word: 'the', start: 8_000, end: 9_600 },
      { word: 'light.', start: 9_600, end: 14_400 },
    ]);
  });

  it('takes a first token without a blank for a word', () => {
    const timed = { tokens: ['One', ' two'], timestamps: [0, 0.5], durations: [0.4, 0.4] };
    expect(wordTimes(timed, 16_000)?.map(({ word }) => word)).toEqual(['One', 'two']);
  });

  it('never goes beyond the audio or backwards', () => {
    const timed = { tokens: [' a', ' b', ' c'], timestamps: [0.5, 0.4, 9], durations: [-1, 9, 1] };
    for (const { start, end } of wordTimes(timed, 16_000) ?? []) {
      expect([start <= end, end <= 16_000]).toEqual([true, true]);
    }
  });

  it('gives nothing where the model measured nothing', () => {
    expect(wordTimes({ tokens: [' a', ' b'], timestamps: [], durations: [] }, 16_000)).toBeUndefined();
  });
});
