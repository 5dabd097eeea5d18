import { describe, expect, it } from '@jest/globals';
import { LoadEstimate } from './load-estimate.js';

describe(LoadEstimate.name, () => {
  it('knows nothing before enough was heard', () => {
    const sut = new LoadEstimate();
    sut.addAudio(19_000);
    for (let i = 0; i < 10; i += 1) sut.addDecode(1_000);
    expect(sut.factor).toBeUndefined();
  });

  it('knows nothing from a few decodes, which may have been slow to start', () => {
    const sut = new LoadEstimate();
    sut.addAudio(100_000);
    sut.addDecode(5_000);
    expect(sut.factor).toBeUndefined();
  });

  it('is lane time per time of audio, pauses included', () => {
    const sut = new LoadEstimate();
    sut.addAudio(50_000);
    for (let i = 0; i < 5; i += 1) sut.addDecode(1_000);
    expect(sut.factor).toBeCloseTo(0.1);
  });

  it('begins with what was expected', () => {
    const sut = new LoadEstimate();
    sut.expect(0.3);
    expect(sut.factor).toBeCloseTo(0.3);
  });

  it('believes what it sees more than what was expected, the longer it sees it', () => {
    const sut = new LoadEstimate();
    sut.expect(0.3);
    const factors = [20_000, 40_000, 100_000].map((audioMs) => {
      sut.addAudio(audioMs);
      sut.addDecode(audioMs * 0.1);
      return sut.factor!;
    });
    expect(factors.map((factor) => factor.toFixed(2))).toEqual(['0.20', '0.15', '0.12']);
  });

  it('forgets what is long past', () => {
    const sut = new LoadEstimate();
    for (let i = 0; i < 100; i += 1) {
      sut.addAudio(10_000);
      sut.addDecode(5_000);
    }
    for (let i = 0; i < 400; i += 1) {
      sut.addAudio(10_000);
      sut.addDecode(1_000);
    }
    expect(sut.factor).toBeLessThan(0.12);
  });
});
