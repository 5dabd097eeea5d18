import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FuzzedProduct } from '../support/fuzzed-product.js';
import { soakSeed } from '../support/random.js';

const MESSAGES = 100_000;
const TIMEOUT_MS = 3_600_000;
/** What two processes may hold more at the end than after the first three tenths, when all their code is warm. */
const GROWTH_BYTES = 100_000_000;

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

      console.log(
        Object.fromEntries(sut.outcomes),
        sut.memoryBytes.map((bytes) => `${Math.round(bytes / 1e6)} MB`).join(', '),
      );
      expect(sut.findings).toEqual([]);
      expect(Math.min(...sut.memoryBytes.slice(-3)) - sut.memoryBytes[2]!).toBeLessThan(GROWTH_BYTES);
    },
    TIMEOUT_MS,
  );
});
