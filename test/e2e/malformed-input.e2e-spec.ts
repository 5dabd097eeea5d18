import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FuzzedProduct } from '../support/fuzzed-product.js';
import { testSeed } from '../support/random.js';

/** The long version is in test/soak. */
const MESSAGES = 400;

describe('malformed HTTP, Socket.io and WebSocket messages', () => {
  let sut: FuzzedProduct;

  beforeAll(async () => {
    sut = await FuzzedProduct.start();
  });

  afterAll(() => sut.stop());

  it(`get an answer or an end, ${MESSAGES} of them, and break nothing`, async () => {
    await sut.send(MESSAGES, testSeed());

    expect(sut.findings).toEqual([]);
    // Refusals of the door, of routes, of sockets and of the worker: the messages reach what they are meant for.
    expect([...sut.outcomes.keys()]).toEqual(
      expect.arrayContaining(['http 400', 'http 401', 'http 404', 'socket heard', 'worker heard']),
    );
  });
});
