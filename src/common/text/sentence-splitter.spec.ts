import { describe, expect, it } from '@jest/globals';
import { seededRandom, testSeed } from '../../../test/support/random.js';
import { SentenceSplitter } from './sentence-splitter.js';

/** Splits a text that comes in pieces of `size` UTF-16 units. */
function split(text: string, size = text.length): string[] {
  const sut = new SentenceSplitter();
  const found = [];
  for (let at = 0; at < text.length; at += size) found.push(...sut.feed(text.slice(at, at + size)));
  found.push(...sut.end());
  return found.map(({ start, end }) => text.slice(start, end));
}

const CASES: [string, string, string[]][] = [
  ['plain sentences', 'Hello there. How are you? Fine!', ['Hello there.', 'How are you?', 'Fine!']],
  ['titles', 'Dr. Kim met Mr. Lee. They spoke.', ['Dr. Kim met Mr. Lee.', 'They spoke.']],
  ['initials', 'J. K. Rowling wrote it. I read it.', ['J. K. Rowling wrote it.', 'I read it.']],
  ['Latin abbreviations', 'Use fruit, e.g. Apples. Done.', ['Use fruit, e.g. Apples.', 'Done.']],
  ['list numbers', '1. First point.\n2. Second point.', ['1. First point.', '2. Second point.']],
  ['URLs', 'See https://a.example/x?Y=1&z=2. Then go.', ['See https://a.example/x?Y=1&z=2.', 'Then go.']],
  ['versions and decimals', 'It is v2.0.1 at 3.5 degrees. Yes.', ['It is v2.0.1 at 3.5 degrees.', 'Yes.']],
  ['closing quotes', 'He said "Go." Then he left.', ['He said "Go."', 'Then he left.']],
  ['lines without marks', 'A title\nSome text', ['A title', 'Some text']],
  ['rules and bullets alone', 'One.\n---\nTwo.', ['One.', 'Two.']],
  ['Korean', '안녕하세요. 오늘은 3.5도입니다. 춥죠?', ['안녕하세요.', '오늘은 3.5도입니다.', '춥죠?']],
  ['Korean tildes', '그래요~ 음 그럼 가요', ['그래요~', '음 그럼 가요']],
  ['Japanese', 'はい。そうです！本当？', ['はい。', 'そうです！', '本当？']],
  ['Japanese quotes', '「はい。」と言った。終わり。', ['「はい。」', 'と言った。', '終わり。']],
  ['empty lines', `\n \nOne.${'\n'.repeat(500)}Two.\n\n`, ['One.', 'Two.']],
  ['nothing to say', ' \n… ', []],
];

/** What normal text is made of, with all that makes sentences hard to tell. */
const PIECES = [
  'the |quick fox|Then |Dr. Kim |e.g. |J. K. |3.5 |v2.0.1 |1. |\n|\n\n- |',
  '. |! |? |." |.) |…|, |; |: | |https://a.example/x?Y=1 |12, 13, 14|',
  '오늘은 |좋아요. |그래요~ |가요 |今日は|晴れです。|「はい。」|本当？|👨‍👩‍👧|e\u0301',
]
  .join('')
  .split('|');

const seed = testSeed();
const random = seededRandom(seed);

describe(SentenceSplitter.name, () => {
  it.each(CASES)('splits %s', (_name, text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it.each(CASES)('splits %s alike when the text comes in single characters', (_name, text, expected) => {
    expect(split(text, 1)).toEqual(expected);
  });

  it('tells a sentence as soon as the next one has begun', () => {
    const sut = new SentenceSplitter();
    expect(sut.feed('One two. ')).toEqual([]);
    expect(sut.feed('T')).toEqual([{ start: 0, end: 8 }]);
  });

  it.each([
    ['Korean', '오늘은 날씨가 좋아서 공원에 갔는데 사람이 많았고 아이들이 뛰어놀고 있었어요 '],
    ['Japanese', '今日は天気が良かったので公園に行きましたそして友達と話しながら歩きました'],
    ['English', 'and then we went on and on without ever stopping for a breath, '],
  ])('does not wait for ever in %s without marks', (_name, clause) => {
    const text = clause.repeat(10);
    const whole = split(text);

    expect(whole.length).toBeGreaterThan(2);
    expect(whole.every((sentence) => sentence.length <= 240)).toBe(true);
    expect(whole.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(split(text, 3)).toEqual(whole);
  });

  it(`finds what it would find if it looked at all of the text at once (seed ${seed})`, () => {
    for (let round = 0; round < 200; round++) {
      // The first pieces are plain words: the more of them, the longer the sentences.
      const plainness = 1 + (round % 5) * 2;
      const piece = (): string => PIECES[Math.floor(random() ** plainness * PIECES.length)]!;
      const text = Array.from({ length: 150 }, piece).join('');
      const [sut, unbounded] = [new SentenceSplitter(), new SentenceSplitter(Infinity)];

      expect([...sut.feed(text), ...sut.end()]).toEqual([...unbounded.feed(text), ...unbounded.end()]);
    }
  });

  it('takes a text of a megabyte', () => {
    expect(split('A sentence of some words. '.repeat(40_000))).toHaveLength(40_000);
  });

  it('never cuts a character in two', () => {
    for (const sentence of split('👨‍👩‍👧'.repeat(200) + 'a')) expect(sentence).toMatch(/^(?:👨‍👩‍👧)+a?$/u);
  });

  it('covers every letter of a text once, in order', () => {
    const text = CASES.map(([, each]) => each).join(' ');
    const sut = new SentenceSplitter();
    const found = [...sut.feed(text), ...sut.end()];

    for (const [index, { start }] of found.entries())
      expect(start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0);
    const letters = (value: string): string => value.replace(/[^\p{L}\p{N}]/gu, '');
    expect(letters(found.map(({ start, end }) => text.slice(start, end)).join(''))).toBe(letters(text));
  });
});
