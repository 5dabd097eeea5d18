import { describe, expect, it } from '@jest/globals';
import { soakSeed } from '../support/random.js';
import { playRound } from '../support/shutdown-round.js';

const ROUNDS = 20;
const IMPATIENT_ROUNDS = 4;
const TIMEOUT_MS = 3_600_000;

describe('SIGTERM under the load of all features, again and again', () => {
  const seed = soakSeed();

  it(
    `breaks no promise to a client that follows the protocol in ${ROUNDS} rounds`,
    async () => {
      const broken: string[] = [];
      const all = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const { findings, outcomes } = await playRound({ seed: seed + round });
        broken.push(...findings.map((finding) => `seed ${seed + round}: ${finding}`));
        for (const [name, count] of Object.entries(outcomes)) all.set(name, (all.get(name) ?? 0) + count);
      }

      console.log(Object.fromEntries([...all].toSorted(([a], [b]) => a.localeCompare(b))));
      expect(broken).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    `ends everything at once when it comes twice, in ${IMPATIENT_ROUNDS} rounds`,
    async () => {
      for (let round = 0; round < IMPATIENT_ROUNDS; round += 1) {
        const { findings } = await playRound({ seed: seed + round, isImpatient: true });
        expect(findings).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});
