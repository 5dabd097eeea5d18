import { describe, expect, it } from '@jest/globals';
import { wordErrors, wordsOf } from './word-error-rate.js';

describe('word errors', () => {
  it.each([
    ['nothing', 'a b c', 'a b c', 0],
    ['a word that is missing', 'a b c', 'a c', 1],
    ['a word too many', 'a c', 'a b c', 1],
    ['another word', 'a b c', 'a x c', 1],
    ['everything', 'a b', '', 2],
    ['what was never said', '', 'a b', 2],
    ['the cheapest way from one to the other', 'a b c d', 'b c x d', 2],
  ])('count %s', (_, expected, actual, errors) => {
    expect(wordErrors(wordsOf(expected), wordsOf(actual))).toBe(errors);
  });

  it('are about words, not case or punctuation', () => {
    expect(wordErrors(wordsOf('Go, forward!'), wordsOf('go forward'))).toBe(0);
  });
});
