import { describe, expect, it } from '@jest/globals';
import { keepPrefix } from './keep-prefix.js';

describe(keepPrefix.name, () => {
  it.each([
    ['Turn on', 'Turn on the light.', 'Turn on the light.'],
    ['', 'Hello.', 'Hello.'],
    ['Turn on the', 'Burn in the light please.', 'Turn on the light please.'],
    ['Turn on the light. What', 'Turn on the light, what time is it?', 'Turn on the light. What time is it?'],
    ['close the door', 'Please close the door now.', 'close the door now.'],
    ['One two three', 'One.', 'One two three.'],
    ['One two', '', 'One two'],
    ['불을 켜', '불은 켜 주세요.', '불을 켜 주세요.'],
    ['今日は月曜日', '今日わ月曜日です。', '今日は月曜日です。'],
  ])('keeps “%s” of “%s”', (promised, heard, kept) => {
    expect(keepPrefix(promised, heard)).toBe(kept);
  });
});
