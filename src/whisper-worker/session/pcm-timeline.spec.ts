import { describe, expect, it } from '@jest/globals';
import { PcmTimeline } from './pcm-timeline.js';

describe(PcmTimeline.name, () => {
  it('addresses samples by position', () => {
    const sut = new PcmTimeline(100);
    sut.append(Int16Array.of(0, 16_384, -16_384));
    expect([...sut.read(101, 103)]).toEqual([0.5, -0.5]);
  });

  it('fills up with silence what it does not have yet', () => {
    const sut = new PcmTimeline(0);
    sut.append(Int16Array.of(16_384));
    expect([...sut.read(0, 3, new Float32Array([9, 9, 9]))]).toEqual([0.5, 0, 0]);
  });

  it('keeps positions when it forgets', () => {
    const sut = new PcmTimeline(0);
    sut.append(Int16Array.of(1, 2, 3, 16_384));
    sut.forgetBefore(3);
    sut.append(Int16Array.of(-16_384));
    expect([...sut.read(3, 5)]).toEqual([0.5, -0.5]);
  });

  it('forgets no more than it has', () => {
    const sut = new PcmTimeline(0);
    sut.append(Int16Array.of(1, 2));
    sut.forgetBefore(50);
    expect(sut.end).toBe(2);
  });

  it('holds more than it was made for', () => {
    const sut = new PcmTimeline(0);
    for (let i = 0; i < 100; i += 1) sut.append(new Int16Array(1_000).fill(i));
    expect(sut.read(99_000, 99_001)[0]).toBeCloseTo(99 / 32_768);
  });
});
