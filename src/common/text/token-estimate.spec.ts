import { describe, expect, it } from '@jest/globals';
import { TokenEstimate } from './token-estimate.js';

describe(TokenEstimate.name, () => {
  it.each([
    ['nothing', '', 0],
    ['a letter', 'a', 1],
    ['nine letters', 'abcdefghi', 3],
    ['a character of Hangul each', '안녕하세요', 5],
    ['a pictograph', '👍', 1],
    ['all of it', '안녕, good 👍', 2 + 1 + 2],
  ])('counts %s', (_what, text, tokens) => {
    expect(new TokenEstimate().add(text).tokens).toBe(tokens);
  });

  it('counts the same however the text is cut', () => {
    const text = '안녕하세요, this is 日本語 and more.';
    const sut = new TokenEstimate();
    for (const piece of text) sut.add(piece);

    expect(sut.tokens).toBe(new TokenEstimate().add(text).tokens);
  });
});
