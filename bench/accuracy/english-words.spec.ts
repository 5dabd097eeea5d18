import { describe, expect, it } from '@jest/globals';
import { englishWords } from './english-words.js';

function expectSame(left: string, right: string): void {
  expect(englishWords(left)).toEqual(englishWords(right));
}

describe('the words of English that are compared', () => {
  it('are without case, punctuation and hyphens', () => {
    expect(englishWords('Ill-disposed, he WENT.')).toEqual(['ill', 'disposed', 'he', 'went']);
  });

  it('keep accents apart from letters', () => expectSame('A café', 'a cafe'));

  it.each([
    ["I won't", 'I will not'],
    ['I can’t and cannot', 'I can not and can not'],
    ["it's they're we'll I've I'm", 'it is they are we will I have I am'],
    ["he'd been, she'd go", 'he had been, she would go'],
  ])('write contractions out: %s', expectSame);

  it.each([
    ['Mr. Dashwood', 'mister Dashwood'],
    ['the colour of the theatre', 'the color of the theater'],
    ['to realise', 'to realize'],
    ['ten metres', '10 meters'],
    ['50%', 'fifty percent'],
    ['$5', 'five dollars'],
  ])('are one spelling of several: %s', expectSame);

  it.each([
    ['forty two', '42'],
    ['seven four zero', '740'],
    ['7, 4, 0', '740'],
    ['nineteen ninety', '1990'],
    ['one hundred and five', '105'],
    ['two thousand and one', '2,001'],
    ['three hundred twelve thousand four hundred', '312400'],
    ['five million', '5000000'],
    ['5 million', 'five million'],
    ['three point five', '3.5'],
    ['the twenty first', 'the 21st'],
    ['the third', 'the 3rd'],
    ['7:40', 'seven forty'],
  ])('have numbers digit by digit: %s', expectSame);

  it.each([
    ['four', 'for'],
    ['hour', 'or'],
    ['thirty', 'thirteen'],
    ['twenty', 'two'],
    ['one hundred', 'one thousand'],
  ])('stay different words: %s', (left, right) => {
    expect(englishWords(left)).not.toEqual(englishWords(right));
  });

  it('have no remarks of a recogniser, and nobody hums', () => {
    expect(englishWords('[Music] Um, go (laughs) forward')).toEqual(['go', 'forward']);
  });

  it('keep "and" between two numbers that are not one', () => {
    expect(englishWords('two and three')).toEqual(['2', 'and', '3']);
  });
});
