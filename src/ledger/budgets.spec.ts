import { describe, expect, it } from '@jest/globals';
import { budgetsFor } from '../../test/support/budgets.js';
import { waitFor } from '../../test/support/wait-for.js';
import { LOCAL_CALLER, type Caller } from '../auth/caller.js';
import { configurationOf } from '../configuration.js';
import { Budgets } from './budgets.js';
import type { Ledger } from './ledger.js';
import { MemoryLedger } from './providers/memory/memory-ledger.js';

const SPEECH = { modality: 'speech' as const, model: 'm', amounts: { characters: 10 } };
const LIMITED = { BUDGET_CHARACTERS_PER_DAY: '10', BUDGET_CONCURRENT_RUNS: '1', LEDGER_TIMEOUT_MS: '20' };

function memoryLedger(): MemoryLedger {
  return new MemoryLedger(configurationOf({ NODE_ENV: 'test' }).ledger);
}

function callerWithToken(id: string, characters: number): Caller {
  return { ...LOCAL_CALLER, token: { id, bind: {}, limits: { perDay: { characters }, concurrentRuns: 1 } } };
}

/** A ledger of which some calls end otherwise. */
function ledgerWith(calls: Partial<Ledger>, ledger: Ledger = memoryLedger()): Ledger {
  return Object.assign(Object.create(ledger) as Ledger, calls);
}

describe(Budgets.name, () => {
  describe.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('gone'))],
    [
      'throws',
      () => {
        throw new Error('gone');
      },
    ],
    ['never answers', () => new Promise<never>(() => undefined)],
  ])('with a ledger that %s', (_how, fail) => {
    const sut = budgetsFor(LIMITED, ledgerWith({ reserve: fail, states: fail, enter: fail, settle: fail }));

    it.each<[string, () => Promise<unknown>]>([
      ['spends nothing', () => sut.reserve(LOCAL_CALLER, SPEECH)],
      ['gives no place', () => sut.enter(LOCAL_CALLER, 'runs')],
      ['tells of no budget', () => sut.states(LOCAL_CALLER, ['characters'])],
    ])('%s, and says when to come again', async (_what, ask) => {
      await expect(ask()).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
    });

    it('keeps nobody waiting who has spent already', async () => {
      const unsettled = budgetsFor(LIMITED, ledgerWith({ settle: fail }));
      const reservation = await unsettled.reserve(LOCAL_CALLER, SPEECH);

      await expect(reservation.settle({ characters: 10 })).resolves.toBeUndefined();
    });
  });

  it('takes back what is granted after the caller was refused', async () => {
    const ledger = memoryLedger();
    let grant: () => void = () => undefined;
    const granted = new Promise<void>((resolve) => (grant = resolve));
    const slow = ledgerWith({ reserve: (...asked) => granted.then(() => ledger.reserve(...asked)) }, ledger);
    await expect(budgetsFor(LIMITED, slow).reserve(LOCAL_CALLER, SPEECH)).rejects.toThrow(
      'cannot be counted',
    );
    const sut = budgetsFor(LIMITED, ledger);

    grant();

    await waitFor(
      async () => (await sut.states(LOCAL_CALLER, ['characters']))[0]!.remaining === 10,
      'the budget to be whole',
    );
    expect(await ledger.usage({ from: 0, to: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });

  it('gives back a place that comes after the caller was refused', async () => {
    const ledger = memoryLedger();
    let grant: () => void = () => undefined;
    const granted = new Promise<void>((resolve) => (grant = resolve));
    const slow = ledgerWith({ enter: (...asked) => granted.then(() => ledger.enter(...asked)) }, ledger);
    await expect(budgetsFor(LIMITED, slow).enter(LOCAL_CALLER, 'runs')).rejects.toThrow('cannot be counted');
    grant();
    const sut = budgetsFor(LIMITED, ledger);

    await waitFor(
      () =>
        sut.enter(LOCAL_CALLER, 'runs').then(
          () => true,
          () => false,
        ),
      'the place',
    );
    await expect(sut.enter(LOCAL_CALLER, 'runs')).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  it('counts each token in windows of its own, and names whose budget refuses', async () => {
    const sut = budgetsFor({ BUDGET_CHARACTERS_PER_DAY: '30' });
    await sut.reserve(callerWithToken('t1', 10), SPEECH);

    await expect(sut.reserve(callerWithToken('t1', 10), SPEECH)).rejects.toThrow('the budget of this token');
    await expect(sut.reserve(callerWithToken('t2', 10), SPEECH)).resolves.toBeDefined();
    await expect(sut.reserve(LOCAL_CALLER, SPEECH)).resolves.toBeDefined();
    await expect(sut.reserve(callerWithToken('t3', 10), SPEECH)).rejects.toThrow('the budget of your tenant');
  });

  it('gives a token the places of its own limit, and leaves its key the others', async () => {
    const sut = budgetsFor({ BUDGET_CONCURRENT_RUNS: '2' });
    const leave = await sut.enter(callerWithToken('t1', 10), 'runs');

    await expect(sut.enter(callerWithToken('t1', 10), 'runs')).rejects.toThrow('This token may have 1 runs');
    await sut.enter(LOCAL_CALLER, 'runs');
    await expect(sut.enter(callerWithToken('t2', 10), 'runs')).rejects.toThrow('This key may have 2 runs');
    leave();
    leave();
    await expect(sut.enter(callerWithToken('t2', 10), 'runs')).resolves.toBeDefined();
  });

  it('is as strict with the tokens of a key, together, as the key is', async () => {
    const sut = budgetsFor();
    const key = { ...LOCAL_CALLER, limits: { perDay: { characters: 15 } } };
    const tokens = ['t1', 't2'].map((id) => ({ ...callerWithToken(id, 10), limits: key.limits }));
    await sut.reserve(tokens[0]!, SPEECH);

    await expect(sut.reserve(tokens[1]!, SPEECH)).rejects.toThrow('the budget of this key');
  });

  it('counts no more tokens of a tenant than it may, and leaves other tenants theirs', async () => {
    const config = configurationOf({ NODE_ENV: 'test' }).ledger;
    const sut = budgetsFor({}, new MemoryLedger({ ...config, maxTokenWindows: 1 }));
    await sut.reserve(callerWithToken('t1', 10), SPEECH);

    await expect(sut.reserve(callerWithToken('t2', 10), SPEECH)).rejects.toMatchObject({
      code: 'overloaded',
    });
    await expect(
      sut.reserve({ ...callerWithToken('t2', 10), tenantId: 'other' }, SPEECH),
    ).resolves.toBeDefined();
  });
});
