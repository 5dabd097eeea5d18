import { describe, expect, it } from '@jest/globals';
import { SentenceFlow } from './sentence-flow.js';

/** The utterances as they are written, one after the other. */
function write(texts: readonly string[], language = 'en'): string[] {
  const sut = new SentenceFlow();
  return texts.map((text) => {
    const written = sut.write(text, language);
    sut.end(written);
    return written;
  });
}

describe(SentenceFlow.name, () => {
  it('begins sentences with a capital', () => {
    expect(write(['and so it goes.', '“why not?”'])).toEqual(['And so it goes.', '“Why not?”']);
  });

  it('goes on without one in the middle of a sentence', () => {
    expect(write(['And so my fellow Americans', 'Ask not what your country can do.', 'ask again.'])).toEqual([
      'And so my fellow Americans',
      'ask not what your country can do.',
      'Ask again.',
    ]);
  });

  it.each([
    'I think so.',
    'I’m here.',
    'NASA was founded.',
    'John Smith came.',
    'Mr. Smith came.',
    '6 of them.',
  ])('leaves %s as it is in the middle of a sentence', (text) => {
    expect(write(['And then he said', text])[1]).toBe(text);
  });

  it('leaves nouns as they are where all are written with a capital', () => {
    expect(write(['Und dann kam', 'Wasser aus der Wand.'], 'de')[1]).toBe('Wasser aus der Wand.');
  });

  it('leaves words as they are that begin small and go on large', () => {
    expect(write(['iPhone users.'])).toEqual(['iPhone users.']);
  });

  it('knows the letters of a language', () => {
    expect(write(['iyi günler.'], 'tr')).toEqual(['İyi günler.']);
  });

  it.each(['Stop', '1, 2', '打开窗户'])('takes %s for a whole text, though it has no mark', (text) => {
    expect(write([text, 'Ask again.'])[1]).toBe('Ask again.');
  });

  it('changes no text of a script without capitals', () => {
    expect(write(['안녕하세요', '今日は月曜日', 'ქართული ენა.'])).toEqual([
      '안녕하세요',
      '今日は月曜日',
      'ქართული ენა.',
    ]);
  });
});
