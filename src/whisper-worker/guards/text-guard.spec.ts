import { describe, expect, it } from '@jest/globals';
import { guardText } from './text-guard.js';

const LONG_MS = 30_000;

describe(guardText.name, () => {
  it('leaves ordinary text alone', () => {
    const text = 'Please open the red door and turn on the light.';
    expect(guardText(text, 3_000)).toEqual({ text, isSuppressed: false });
  });

  it('leaves a few repeats alone, which people say', () => {
    expect(guardText('no no no no no', LONG_MS).text).toBe('no no no no no');
  });

  it('says a loop of the decoder once', () => {
    const text = `I see. ${'Thank you very much. '.repeat(20)}`.trim();
    expect(guardText(text, LONG_MS)).toEqual({ text: 'I see. Thank you very much.', isSuppressed: true });
  });

  it('leaves long text alone that repeats words but not in a row', () => {
    const text = Array.from({ length: 60 }, (_, index) => `7:${index + 1}`).join(' ');
    expect(guardText(text, 12_000).isSuppressed).toBe(false);
  });

  it('drops more text than can be said in the time', () => {
    const text = Array.from({ length: 60 }, (_, index) => `word${index * 7919}`).join(' ');
    expect(guardText(text, 300)).toEqual({ text: '', isSuppressed: true });
  });

  it('takes an empty text as it is', () => {
    expect(guardText('', 0)).toEqual({ text: '', isSuppressed: false });
  });
});
