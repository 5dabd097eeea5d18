import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../test/support/random.js';
import { splitText } from './split-text.js';

describe(splitText.name, () => {
  it('leaves a text alone that fits', () => {
    expect(splitText('One. Two.', 100)).toEqual(['One. Two.']);
  });

  it('splits at the last sentence end that fits', () => {
    expect(splitText('One one. Two two. Three.', 18)).toEqual(['One one. Two two. ', 'Three.']);
  });

  it.each([
    ['Korean', '오늘은 날씨가 좋아요. 내일은 비가 와요. 모레는 몰라요.', 16],
    ['Japanese', '今日はいい天気です。明日は雨です。明後日は知りません。', 12],
  ])('knows sentence ends in %s', (_language, text, maxChars) => {
    const parts = splitText(text, maxChars);

    expect(parts).toHaveLength(3);
    expect(parts.every((part) => /[.。]\s*$/.test(part))).toBe(true);
  });

  it.each(['Dr. Kim came in. ', 'It weighs 3.5 kg. ', 'See e.g. this one. '])(
    'takes no abbreviation or decimal for a sentence end: %s',
    (sentence) => {
      expect(splitText(sentence + sentence, sentence.length + 4)).toEqual([sentence, sentence]);
    },
  );

  it('keeps a closing quote with its sentence', () => {
    expect(splitText('「そうです。」次の文です。', 8)[0]).toBe('「そうです。」');
  });

  it('splits a long sentence between words', () => {
    expect(splitText('one two three four five six', 10)).toEqual(['one two ', 'three four', ' five six']);
  });

  it('never splits what a reader sees as one character', () => {
    const family = '👩‍👩‍👧‍👦';

    expect(splitText(family.repeat(3), 12)).toEqual([family, family, family]);
  });

  it('has no part without anything to say', () => {
    expect(splitText(`one.${' '.repeat(50)}two.`, 10).every((part) => part.trim() !== '')).toBe(true);
  });

  it('loses nothing but blanks and keeps within the limit, whatever the text', () => {
    const alphabet = [
      'a',
      'Dr. ',
      '. ',
      '! ',
      '。',
      ' ',
      '\n',
      '한글',
      '漢字',
      '」',
      '1.',
      'e\u0301',
      '😀',
      'word ',
    ];
    const random = new Random(7);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random.integer(1, 120) }, () => random.pick(alphabet)).join('');
      const maxChars = random.integer(4, 63);
      const parts = splitText(text, maxChars);

      expect(parts.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      expect(parts.length === 1 || parts.every(({ length }) => length <= maxChars)).toBe(true);
    }
  });

  it('takes a text of a megabyte', () => {
    expect(splitText('A sentence of some words. '.repeat(40_000), 4_096).length).toBeGreaterThan(200);
  });
});
