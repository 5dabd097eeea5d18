import { describe, expect, it } from '@jest/globals';
import { ChunkLedger } from './chunk-ledger.js';

const PCM = new Uint8Array(10);
const CLUSTER = Uint8Array.from([0, 0x1f, 0x43, 0xb6, 0x75, 0]);
const PAGE = new TextEncoder().encode('..OggS..');

describe(ChunkLedger.name, () => {
  it('calls a chunk of raw PCM durable when the samples of the next one are committed', () => {
    const sut = new ChunkLedger(true);
    sut.decoded(1, PCM, 100);
    sut.decoded(2, PCM, 200);

    sut.commit(199);
    expect(sut.durable).toBe(0);
    sut.commit(200);
    expect(sut.durable).toBe(1);
  });

  it('does not count on a chunk that gave no samples', () => {
    const sut = new ChunkLedger(true);
    sut.decoded(1, PCM, 100);
    sut.decoded(2, PCM, 100);

    sut.commit(100);

    expect(sut.durable).toBe(0);
  });

  it.each([
    ['WebM clusters', CLUSTER],
    ['Ogg pages', PAGE],
  ])('moves at %s only', (_what, restart) => {
    const sut = new ChunkLedger(false);
    sut.decoded(1, restart, 100);
    sut.decoded(2, PCM, 200);
    sut.decoded(3, PCM, 300);
    sut.decoded(4, restart, 400);
    sut.decoded(5, PCM, 500);

    sut.commit(399);
    expect(sut.durable).toBe(0);
    sut.commit(500);
    expect(sut.durable).toBe(3);
  });

  it('calls everything durable at the end', () => {
    const sut = new ChunkLedger(false);
    sut.decoded(1, PCM, 100);

    sut.settle(1);

    expect(sut.durable).toBe(1);
  });
});
