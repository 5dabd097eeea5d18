import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FuzzedProduct } from '../support/fuzzed-product.js';
import { soakSeed } from '../support/random.js';

const MESSAGES = 100_000;
const TIMEOUT_MS = 3_600_000;
/** What a process may hold more at the end than after the first three tenths, when all its code is warm. */
const GROWTH_BYTES = 50_000_000;

describe('malformed messages over a long time', () => {
  let sut: FuzzedProduct;

  beforeAll(async () => {
    sut = await FuzzedProduct.start();
  });

  afterAll(() => sut.stop());

  it(
    `get an answer or an end, ${MESSAGES} of them, and break nothing in flat memory`,
    async () => {
      await sut.send(MESSAGES, soakSeed());

      const { gateway, worker } = sut.memoryBytes;
      console.log(Object.fromEntries(sut.outcomes), {
        gateway: inMegabytes(gateway),
        worker: inMegabytes(worker),
      });
      expect(sut.findings).toEqual([]);
      expect(growthOf(gateway)).toBeLessThan(GROWTH_BYTES);
      expect(growthOf(worker)).toBeLessThan(GROWTH_BYTES);
    },
    TIMEOUT_MS,
  );
});

function growthOf(memoryBytes: readonly number[]): number {
  return Math.min(...memoryBytes.slice(-3)) - memoryBytes[2]!;
}

function inMegabytes(memoryBytes: readonly number[]): string {
  return memoryBytes.map((bytes) => `${Math.round(bytes / 1e6)} MB`).join(', ');
}
