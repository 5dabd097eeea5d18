import { describe, expect, it } from '@jest/globals';
import { CaptionFlicker } from './caption-flicker.js';

describe(CaptionFlicker.name, () => {
  it('is low as long as nothing was shown', () => {
    expect(new CaptionFlicker().isHigh).toBe(false);
  });

  it('is low while little of what was shown was taken back', () => {
    const sut = new CaptionFlicker();
    sut.count(100, 3);

    expect(sut.isHigh).toBe(false);
  });

  it('is high before a twentieth was taken back', () => {
    const sut = new CaptionFlicker();
    sut.count(200, 9);

    expect(sut.isHigh).toBe(true);
  });

  it('forgets a bad beginning sooner than steady captions alone would make up for it', () => {
    const sut = new CaptionFlicker();
    sut.count(100, 30);
    for (let utterance = 0; utterance < 20; utterance += 1) {
      sut.endUtterance();
      sut.count(20, 0);
    }

    expect(sut.isHigh).toBe(false);
  });
});
