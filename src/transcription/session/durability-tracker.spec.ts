import { describe, expect, it } from '@jest/globals';
import { DurabilityTracker } from './durability-tracker.js';

const CHUNK_BYTES = 100;

/** A tracker of chunks of 100 bytes, whose decoder gives a sample for each byte, in blocks. */
function trackerOf(chunks: number, blockBytes: number): DurabilityTracker {
  const durableFrom = (bytes: number): number | undefined => {
    const end = Math.ceil(bytes / blockBytes) * blockBytes;
    return end > chunks * CHUNK_BYTES ? undefined : end;
  };
  const sut = new DurabilityTracker({ durableFrom });
  for (let seq = 1; seq <= chunks; seq++) sut.add(seq, CHUNK_BYTES);
  return sut;
}

describe(DurabilityTracker.name, () => {
  it('calls a chunk durable once all it gave is committed', () => {
    const sut = trackerOf(4, 1);

    sut.commit(199);
    expect(sut.durable).toBe(1);
    sut.commit(200);
    expect(sut.durable).toBe(2);
  });

  it('waits for the end of what a chunk has begun', () => {
    const sut = trackerOf(4, 150);

    sut.commit(149);
    expect(sut.durable).toBe(0);
    sut.commit(150);
    expect(sut.durable).toBe(1);
    sut.commit(300);
    expect(sut.durable).toBe(3);
  });

  it('waits while the decoder cannot tell', () => {
    const sut = trackerOf(4, 300);

    sut.commit(1_000);

    expect(sut.durable).toBe(3);
  });

  it('watches any number of chunks without keeping them all', () => {
    const sut = trackerOf(20_000, 1);

    sut.commit(100_000);
    expect(sut.durable).toBe(1_000);
    sut.commit(1_000_000);
    expect(sut.durable).toBeGreaterThan(4_000);
    expect(sut.durable).toBeLessThan(10_000);
    sut.commit(2_000_000);
    expect(sut.durable).toBe(20_000);
  });

  it('calls everything durable at the end', () => {
    const sut = trackerOf(4, 1_000);

    sut.settle(4);

    expect(sut.durable).toBe(4);
  });
});
