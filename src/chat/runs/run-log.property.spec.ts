import { describe, expect, it } from '@jest/globals';
import { proveLog } from '../../../test/support/log-proofs.js';
import { Random } from '../../../test/support/random.js';

const SEED = 20_261_126;
const RUNS = 20;

describe('any mix of events, any bound, any place of any reader', () => {
  it('gives every reader the answer, exactly, within the bound', () => {
    const random = new Random(SEED);
    const proofs = Array.from({ length: RUNS }, () => proveLog(random));

    expect(proofs.reduce((sum, { snapshots }) => sum + snapshots, 0)).toBeGreaterThan(RUNS);
  });
});
