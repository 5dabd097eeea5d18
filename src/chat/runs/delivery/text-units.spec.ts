import { describe, expect, it } from '@jest/globals';
import { firstUnitLength } from './text-units.js';

describe(firstUnitLength.name, () => {
  it.each([
    ['a Latin letter', 'ab', 1],
    ['a Hangul syllable', '안녕', 1],
    ['a letter with a combining mark', 'e\u0301x', 2],
    ['a family', '👨‍👩‍👧x', 8],
    ['a flag', '🇰🇷x', 4],
    ['CR LF', '\r\nx', 2],
    ['conjoining jamo', '\u1112\u1161\u11ABx', 3],
  ])('takes %s as one grapheme', (_name, text, length) => {
    expect(firstUnitLength(text, 'grapheme', false)).toBe(length);
  });

  it('waits at the end for what may still belong to an emoji', () => {
    expect(firstUnitLength('👨', 'grapheme', false)).toBe(0);
    expect(firstUnitLength('👨', 'grapheme', true)).toBe(2);
  });

  it('does not wait for more behind a plain character', () => {
    expect(firstUnitLength('a', 'grapheme', false)).toBe(1);
  });

  it('takes blanks, a word and its marks as one word', () => {
    expect(firstUnitLength('\n Hello, you', 'word', false)).toBe(8);
  });

  it('waits for the end of a word', () => {
    expect(firstUnitLength('Hel', 'word', false)).toBe(0);
    expect(firstUnitLength('Hel', 'word', true)).toBe(3);
  });

  it('bounds what a hostile text can make one unit', () => {
    expect(firstUnitLength('e' + '\u0301'.repeat(100_000), 'grapheme', false)).toBe(4_096);
  });
});
