import { describe, expect, it } from '@jest/globals';
import { PcmRing } from './pcm-ring.js';

function counting(from: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => from + index);
}

describe(PcmRing.name, () => {
  it('reads across the pieces it was given', () => {
    const sut = new PcmRing();
    sut.append(counting(0, 5));
    sut.append(counting(5, 5));

    expect([...sut.read(3, 4)]).toEqual([3, 4, 5, 6]);
  });

  it('reads no further than its end', () => {
    const sut = new PcmRing();
    sut.append(counting(0, 5));

    expect([...sut.read(4, 100)]).toEqual([4]);
    expect(sut.read(5, 100)).toHaveLength(0);
  });

  it('keeps positions when a part of a piece is committed', () => {
    const sut = new PcmRing();
    sut.append(counting(0, 5));
    sut.append(counting(5, 5));

    sut.commit(7);

    expect(sut.start).toBe(7);
    expect(sut.lengthSamples).toBe(3);
    expect([...sut.read(7, 10)]).toEqual([7, 8, 9]);
  });

  it('ignores a commit before its start and stops at its end', () => {
    const sut = new PcmRing();
    sut.append(counting(0, 5));
    sut.commit(3);

    sut.commit(1);
    expect(sut.start).toBe(3);
    sut.commit(99);
    expect(sut.start).toBe(5);
  });

  it('refuses to read what is gone', () => {
    const sut = new PcmRing();
    sut.append(counting(0, 5));
    sut.commit(3);

    expect(() => sut.read(2, 1)).toThrow(RangeError);
  });
});
