import { describe, expect, it } from '@jest/globals';
import { AutoGain } from './auto-gain.js';

const window = (peak: number): Float32Array => new Float32Array(512).fill(peak);

function levelAfter(sut: AutoGain, peak: number, windows = 1): number {
  let last = 0;
  for (let i = 0; i < windows; i += 1) {
    const samples = window(peak);
    sut.apply(samples);
    last = samples[0]!;
  }
  return last;
}

describe(AutoGain.name, () => {
  it('lifts quiet audio', () => {
    expect(levelAfter(new AutoGain(), 0.02)).toBeCloseTo(0.35);
  });

  it('leaves loud audio as it is', () => {
    expect(levelAfter(new AutoGain(), 0.9)).toBeCloseTo(0.9);
  });

  it('lifts by 30 dB at most', () => {
    expect(levelAfter(new AutoGain(), 0.001)).toBeCloseTo(0.032);
  });

  it('follows a louder sound at once and a softer one slowly', () => {
    const sut = new AutoGain();
    levelAfter(sut, 0.02);
    expect(levelAfter(sut, 0.35)).toBeCloseTo(0.35);
    expect(levelAfter(sut, 0.02)).toBeCloseTo(0.02, 2);
    expect(levelAfter(sut, 0.02, 94)).toBeCloseTo(0.04, 2);
  });

  it('starts anew after a reset', () => {
    const sut = new AutoGain();
    levelAfter(sut, 0.9);
    sut.reset();
    expect(levelAfter(sut, 0.02)).toBeCloseTo(0.35);
  });
});
