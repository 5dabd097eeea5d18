import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Account, Amounts, Budget, Ledger, Places, Receipt } from '../../src/ledger/ledger.js';

const ACCOUNT: Account = { tenantId: 'acme', keyId: 'k1' };
const FIRST_TOKEN: Account = { ...ACCOUNT, tokenId: 't1' };
const SECOND_TOKEN: Account = { ...ACCOUNT, tokenId: 't2' };
/** The middle of a minute. */
const START = Date.UTC(2026, 10, 26, 12, 0, 30);
const ALL_TIME = { from: 0, to: START * 2 };

function budget(limit: number, fields: Partial<Budget> = {}): Budget {
  return { of: 'tenant', unit: 'characters', window: 'minute', limit, isSoft: false, ...fields };
}

function keyPlaces(limit: number): Places {
  return { of: 'key', limit, isSoft: false };
}

function speech(amounts: Amounts): { modality: 'speech'; model: string; amounts: Amounts } {
  return { modality: 'speech', model: 'tts-1', amounts };
}

/** What every ledger has to hold, wherever it counts. `now` is its clock, which the suite sets. */
export function describeLedger(name: string, make: (now: () => number) => Ledger | Promise<Ledger>): void {
  describe(`Ledger contract: ${name}`, () => {
    let sut: Ledger;
    let time: number;

    beforeEach(async () => {
      time = START;
      sut = await make(() => time);
    });

    async function reserve(amounts: Amounts, budgets: Budget[], account = ACCOUNT): Promise<Receipt | null> {
      const reserved = await sut.reserve(account, speech(amounts), budgets);
      return reserved.granted ? reserved.receipt : null;
    }

    async function remaining(of: Budget, account = ACCOUNT): Promise<number> {
      return (await sut.states(account, [of]))[0]!.remaining;
    }

    it('lets exactly as many of 200 calls at once pass as the budget allows', async () => {
      const calls = Array.from({ length: 200 }, () => reserve({ characters: 1 }, [budget(100)]));

      const passed = (await Promise.all(calls)).filter((receipt) => receipt !== null);

      expect(passed).toHaveLength(100);
      expect(await remaining(budget(100))).toBe(0);
    });

    it('refuses nothing that fits because of what did not fit beside it', async () => {
      const [large, small] = await Promise.all([
        reserve({ characters: 11 }, [budget(10)]),
        reserve({ characters: 10 }, [budget(10)]),
      ]);

      expect([large, small]).toEqual([null, expect.anything()]);
    });

    it('counts in all budgets or in none', async () => {
      const day = budget(100, { window: 'day' });
      const key = budget(5, { of: 'key' });

      expect(await reserve({ characters: 6 }, [day, key])).toBeNull();

      expect(await remaining(day)).toBe(100);
    });

    it('names the budget that refuses, what it has left, and when it begins anew', async () => {
      await reserve({ characters: 7 }, [budget(10)]);

      expect(await sut.reserve(ACCOUNT, speech({ characters: 4 }), [budget(10)])).toEqual({
        granted: false,
        refusing: { ...budget(10), remaining: 3, resetMs: 30_000 },
      });
    });

    it('gives back what was reserved and not spent', async () => {
      const receipt = await reserve({ characters: 10 }, [budget(10)]);

      await sut.settle(receipt!, speech({ characters: 4 }));

      expect(await remaining(budget(10))).toBe(6);
    });

    it('counts what was spent beyond what was reserved', async () => {
      const receipt = await reserve({ characters: 1 }, [budget(10)]);

      await sut.settle(receipt!, speech({ characters: 4 }));

      expect(await remaining(budget(10))).toBe(6);
    });

    it('counts what was spent of a unit of which nothing was reserved', async () => {
      const receipt = await reserve({ characters: 1 }, [budget(10, { unit: 'tokens' })]);

      await sut.settle(receipt!, speech({ outputTokens: 4 }));

      expect(await remaining(budget(10, { unit: 'tokens' }))).toBe(6);
    });

    it('gives nothing back to a window that has begun since', async () => {
      const receipt = await reserve({ characters: 10 }, [budget(10)]);
      time += 60_000;
      await reserve({ characters: 10 }, [budget(10)]);

      await sut.settle(receipt!, speech({}));

      expect(await remaining(budget(10))).toBe(0);
    });

    it('begins anew with the next minute, and goes on with the day', async () => {
      const budgets = [budget(10), budget(15, { window: 'day' })];
      await reserve({ characters: 10 }, budgets);
      time += 30_000;

      expect(await reserve({ characters: 6 }, budgets)).toBeNull();
      expect(await reserve({ characters: 5 }, budgets)).not.toBeNull();
    });

    it('keeps keys apart, and tenants, also with the same names', async () => {
      const key = budget(10, { of: 'key' });
      await reserve({ characters: 10 }, [key]);

      expect(await reserve({ characters: 10 }, [key], { ...ACCOUNT, keyId: 'k2' })).not.toBeNull();
      expect(await reserve({ characters: 10 }, [key], { ...ACCOUNT, tenantId: 'beta' })).not.toBeNull();
    });

    it('adds up what the keys of a tenant spend', async () => {
      await reserve({ characters: 10 }, [budget(10)]);

      expect(await reserve({ characters: 1 }, [budget(10)], { ...ACCOUNT, keyId: 'k2' })).toBeNull();
    });

    it('allows what is over a soft budget, says so and counts it', async () => {
      const soft = budget(10, { isSoft: true });

      const reserved = await sut.reserve(ACCOUNT, speech({ characters: 11 }), [soft]);

      expect(reserved).toMatchObject({ granted: true, exceeded: [{ remaining: 10 }] });
      expect(await remaining(soft)).toBe(0);
    });

    it('counts the tokens of input and output together', async () => {
      const tokens = budget(10, { unit: 'tokens' });
      await reserve({ inputTokens: 4, outputTokens: 3 }, [tokens]);

      expect(await remaining(tokens)).toBe(3);
    });

    it('keeps tokens apart, each in windows of its own, and adds them up for their key', async () => {
      const [token, key] = [budget(10, { of: 'token' }), budget(15, { of: 'key' })];
      await reserve({ characters: 10 }, [key, token], FIRST_TOKEN);

      expect(await reserve({ characters: 1 }, [key, token], FIRST_TOKEN)).toBeNull();
      expect(await reserve({ characters: 6 }, [key, token], SECOND_TOKEN)).toBeNull();
      expect(await reserve({ characters: 5 }, [key, token], SECOND_TOKEN)).not.toBeNull();
    });

    it('gives back to the windows of a token, its key and its tenant', async () => {
      const budgets = (['tenant', 'key', 'token'] as const).map((of) => budget(10, { of }));
      const receipt = await reserve({ characters: 10 }, budgets, FIRST_TOKEN);

      await sut.settle(receipt!, speech({ characters: 4 }));

      const states = await sut.states(FIRST_TOKEN, budgets);
      expect(states.map((state) => state.remaining)).toEqual([6, 6, 6]);
    });

    it('gives as many places as there are, and one back', async () => {
      const places = [keyPlaces(2)];
      const entered = await Promise.all(Array.from({ length: 5 }, () => sut.enter(ACCOUNT, 'runs', places)));
      expect(entered.filter(({ granted }) => granted)).toHaveLength(2);

      await sut.leave(ACCOUNT, 'runs', places);

      expect(await sut.enter(ACCOUNT, 'runs', places)).toMatchObject({ granted: true });
      expect(await sut.enter(ACCOUNT, 'runs', places)).toEqual({ granted: false, refusing: places[0] });
      expect(await sut.enter(ACCOUNT, 'sessions', places)).toMatchObject({ granted: true });
    });

    it('takes places of a token and of its key, or none', async () => {
      const [ofKey, ofToken] = [keyPlaces(2), { ...keyPlaces(1), of: 'token' as const }];
      await sut.enter(FIRST_TOKEN, 'runs', [ofKey, ofToken]);

      expect(await sut.enter(FIRST_TOKEN, 'runs', [ofKey, ofToken])).toEqual({
        granted: false,
        refusing: ofToken,
      });
      expect(await sut.enter(SECOND_TOKEN, 'runs', [ofKey, ofToken])).toMatchObject({ granted: true });
      expect(await sut.enter(ACCOUNT, 'runs', [ofKey])).toEqual({ granted: false, refusing: ofKey });
    });

    it('gives more places than there are where that is soft, and says so', async () => {
      const soft = { ...keyPlaces(1), isSoft: true };
      await sut.enter(ACCOUNT, 'runs', [soft]);

      expect(await sut.enter(ACCOUNT, 'runs', [soft])).toEqual({ granted: true, exceeded: [soft] });
    });

    it('writes what was settled into the history, by hour, key, modality and model', async () => {
      for (const [account, characters] of [
        [ACCOUNT, 2],
        [FIRST_TOKEN, 3],
      ] as const) {
        const receipt = await reserve({ characters: 5 }, [], account);
        await sut.settle(receipt!, speech({ characters }));
      }

      expect(await sut.usage({ ...ALL_TIME, tenantId: 'acme' })).toEqual([
        {
          ...ACCOUNT,
          hour: Date.UTC(2026, 10, 26, 12),
          modality: 'speech',
          model: 'tts-1',
          calls: 2,
          amounts: { inputTokens: 0, outputTokens: 0, characters: 5, audioSeconds: 0, storageBytes: 0 },
        },
      ]);
    });

    it('counts a call once that is paid for in parts', async () => {
      for (const isContinued of [false, true]) {
        const receipt = await reserve({ characters: 5 }, []);
        await sut.settle(receipt!, { ...speech({ characters: 5 }), isContinued });
      }

      expect(await sut.usage(ALL_TIME)).toMatchObject([{ calls: 1, amounts: { characters: 10 } }]);
    });

    it('writes nothing of a call that spent nothing', async () => {
      const receipt = await reserve({ characters: 5 }, []);
      await sut.settle(receipt!, speech({}));

      expect(await sut.usage(ALL_TIME)).toEqual([]);
    });

    it('tells the usage of one tenant, of all, and of a range only', async () => {
      for (const tenantId of ['acme', 'beta']) {
        const receipt = await reserve({ characters: 1 }, [], { ...ACCOUNT, tenantId });
        await sut.settle(receipt!, speech({ characters: 1 }));
        time += 3_600_000;
      }

      expect(await sut.usage({ ...ALL_TIME, tenantId: 'beta' })).toHaveLength(1);
      expect(await sut.usage(ALL_TIME)).toHaveLength(2);
      expect(await sut.usage({ from: 0, to: Date.UTC(2026, 10, 26, 13) })).toHaveLength(1);
    });
  });
}
