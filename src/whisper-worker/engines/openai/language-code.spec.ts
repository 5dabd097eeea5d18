import { describe, expect, it } from '@jest/globals';
import { languageCode } from './language-code.js';

describe(languageCode.name, () => {
  it.each([
    ['english', 'en'],
    ['Korean', 'ko'],
    ['ko', 'ko'],
    ['klingon', 'und'],
    ['', 'und'],
  ])('takes %s for %s', (language, code) => {
    expect(languageCode(language)).toBe(code);
  });
});
