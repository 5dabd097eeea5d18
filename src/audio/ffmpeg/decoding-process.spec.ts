import { describe, expect, it } from '@jest/globals';
import { SampleReader } from './decoding-process.js';

const BYTES = Buffer.from(Int16Array.of(1, -2, 3, -4, 5).buffer);

describe(SampleReader.name, () => {
  it.each([1, 2, 3, 7, 10])('reads samples from pieces of %d bytes', (size) => {
    const sut = new SampleReader(0);
    const samples: number[] = [];

    for (let at = 0; at < BYTES.length; at += size) samples.push(...sut.read(BYTES.subarray(at, at + size)));

    expect(samples).toEqual([1, -2, 3, -4, 5]);
  });

  it.each([1, 3, 10])('passes over the first samples in pieces of %d bytes', (size) => {
    const sut = new SampleReader(3);
    const samples: number[] = [];

    for (let at = 0; at < BYTES.length; at += size) samples.push(...sut.read(BYTES.subarray(at, at + size)));

    expect(samples).toEqual([-4, 5]);
  });
});
