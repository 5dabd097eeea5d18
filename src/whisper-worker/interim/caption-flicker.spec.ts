import { describe, expect, it } from '@jest/globals';
import { captionChange } from './caption-flicker.js';

describe(captionChange.name, () => {
  it('counts what is behind the common beginning', () => {
    expect(captionChange('Turn own', 'Turn on the')).toEqual({ emitted: 5, retracted: 2 });
  });

  it('counts a shorter text as taken back', () => {
    expect(captionChange('Turn on', 'Turn')).toEqual({ emitted: 0, retracted: 3 });
  });
});
