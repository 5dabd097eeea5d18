import { describe, expect, it } from '@jest/globals';
import { CaptionFlicker, captionChange } from './caption-flicker.js';

describe(CaptionFlicker.name, () => {
  it('is high until enough was shown that was not taken back', () => {
    const sut = new CaptionFlicker();
    expect(sut.isHigh).toBe(true);

    sut.count({ emitted: 300, retracted: 0 });

    expect(sut.isHigh).toBe(false);
  });

  it('is low while little of what was shown was taken back', () => {
    const sut = new CaptionFlicker();
    sut.count({ emitted: 700, retracted: 10 });

    expect(sut.isHigh).toBe(false);
  });

  it('is high before as much was taken back as may be', () => {
    const sut = new CaptionFlicker();
    sut.count({ emitted: 400, retracted: 9 });

    expect(sut.isHigh).toBe(true);
  });

  it('forgets a bad beginning sooner than steady captions alone would make up for it', () => {
    const sut = new CaptionFlicker();
    sut.count({ emitted: 100, retracted: 30 });
    for (let utterance = 0; utterance < 20; utterance += 1) {
      sut.endUtterance();
      sut.count({ emitted: 20, retracted: 0 });
    }

    expect(sut.isHigh).toBe(false);
  });
});

describe(captionChange.name, () => {
  it('counts what is behind the common beginning', () => {
    expect(captionChange('Turn own', 'Turn on the')).toEqual({ emitted: 5, retracted: 2 });
  });

  it('counts a shorter text as taken back', () => {
    expect(captionChange('Turn on', 'Turn')).toEqual({ emitted: 0, retracted: 3 });
  });
});
