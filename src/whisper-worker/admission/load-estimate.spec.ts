import { describe, expect, it } from '@jest/globals';
import { LoadEstimate } from './load-estimate.js';

describe(LoadEstimate.name, () => {
  it('knows nothing before enough was heard', () => {
    const sut = new LoadEstimate();
    sut.hear(19_000);
    for (let i = 0; i < 10; i += 1) sut.record(1_000);
    expect(sut.factor).toBeUndefined();
  });

  it('knows nothing from a few decodes, which may have been slow to start', () => {
    const sut = new LoadEstimate();
    sut.hear(100_000);
    sut.record(5_000);
    expect(sut.factor).toBeUndefined();
  });

  it('is lane time per time of audio, pauses included', () => {
    const sut = new LoadEstimate();
    sut.hear(50_000);
    for (let i = 0; i < 5; i += 1) sut.record(1_000);
    expect(sut.factor).toBeCloseTo(0.1);
  });

  it('forgets what is long past', () => {
    const sut = new LoadEstimate();
    for (let i = 0; i < 100; i += 1) {
      sut.hear(10_000);
      sut.record(5_000);
    }
    for (let i = 0; i < 400; i += 1) {
      sut.hear(10_000);
      sut.record(1_000);
    }
    expect(sut.factor).toBeLessThan(0.12);
  });
});
