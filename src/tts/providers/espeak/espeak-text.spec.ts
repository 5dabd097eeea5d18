import { describe, expect, it } from '@jest/globals';
import { harmlessText } from './espeak-text.js';

describe(harmlessText.name, () => {
  it.each([
    ['phoneme codes', '[[x]]', '[ [x]]'],
    ['nested phoneme codes', '[[[[x', '[ [ [ [x'],
    ['null bytes', 'a\u0000b', 'a b'],
    ['escape sequences', 'a\u001b[0mb', 'a [0mb'],
    ['lone surrogates', 'a\ud800b', 'a\ufffdb'],
    ['new lines', 'a\nb', 'a\nb'],
    ['Korean', '안녕 <x>', '안녕 <x>'],
  ])('treats %s', (_what, text, harmless) => {
    expect(harmlessText(text, false)).toBe(harmless);
  });

  it('escapes markup for a build that reads it', () => {
    expect(harmlessText('<audio src="/etc/passwd"/> & co', true)).toBe(
      '&lt;audio src="/etc/passwd"/&gt; &amp; co',
    );
  });
});
