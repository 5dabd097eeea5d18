import { describe, expect, it } from '@jest/globals';
import { testSeed } from '../support/random.js';
import { playRound } from '../support/shutdown-round.js';

/** The long version is in test/soak. */
describe('SIGTERM under the load of all features', () => {
  it.each([0, 1])('breaks no promise to a client that follows the protocol, round %d', async (round) => {
    const { findings, outcomes } = await playRound({ seed: testSeed() + round });

    expect(findings).toEqual([]);
    expect(Object.keys(outcomes).length).toBeGreaterThan(10);
  });

  it('ends everything at once when it comes twice, and leaves nothing behind', async () => {
    const { findings } = await playRound({ seed: testSeed(), isImpatient: true });

    expect(findings).toEqual([]);
  });
});
