import { describe, expect, it } from '@jest/globals';
import { budgetsFor } from '../../../test/support/budgets.js';
import { LOCAL_CALLER, type Caller } from '../../auth/caller.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { configurationOf } from '../../configuration.js';
import type { Ledger } from '../../ledger/ledger.js';
import { MemoryLedger } from '../../ledger/providers/memory/memory-ledger.js';
import type { SpeechOrder } from '../speech.js';
import type { SpeechCache } from '../storage/speech-cache.js';
import type { SpeechProducer } from '../synthesis/speech-producer.js';
import { SpeechFlights } from './speech-flights.js';

const NO_CACHE = { read: async () => undefined, takes: () => false } as unknown as SpeechCache;
const INPUT = 'ten chars.';

function orderOf(caller: Caller): SpeechOrder {
  return {
    caller,
    store: true,
    request: { input: INPUT, model: 'm', voice: 'v', format: 'mp3', speed: 1 },
  };
}

/** A token that may have `characters` spoken. */
function tokenOf(id: string, characters: number): Caller {
  return { ...LOCAL_CALLER, token: { id, bind: {}, limits: { perDay: { characters } } } };
}

async function* oneChunk(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(4);
}

/** A ledger that keeps everybody waiting until it is opened. */
function shutLedger(): { ledger: Ledger; open: () => void } {
  const memory = new MemoryLedger(configurationOf({ NODE_ENV: 'test' }).ledger);
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reserve: Ledger['reserve'] = (...asked) => opened.then(() => memory.reserve(...asked));
  return { ledger: Object.assign(Object.create(memory) as Ledger, { reserve }), open };
}

describe(SpeechFlights.name, () => {
  function flights(ledger: Ledger): { sut: SpeechFlights; payers: (string | undefined)[] } {
    const payers: (string | undefined)[] = [];
    const producer = {
      preferred: { name: 'p', fingerprint: 'f' },
      async produce({ caller }: SpeechOrder) {
        payers.push(caller.token?.id);
        return { provider: 'p', audio: oneChunk() };
      },
    } as unknown as SpeechProducer;
    const concurrency = new TenantConcurrencyLimit(10, 'speeches', { tenants: 1, percent: 100 });
    const limits = { entryBytes: 1_000, sharedBytes: 1_000 };
    const metrics = { aborted: () => undefined, brokeOff: () => undefined };
    const sut = new SpeechFlights(producer, NO_CACHE, concurrency, limits, budgetsFor({}, ledger), metrics);
    return { sut, payers };
  }

  it('counts a speech that several callers wait for once, for the one who asked first', async () => {
    const { ledger, open } = shutLedger();
    const { sut, payers } = flights(ledger);
    const { signal } = new AbortController();
    const asked = ['t1', 't2', 't3'].map((id) => sut.get(orderOf(tokenOf(id, 10)), signal));

    open();

    expect((await Promise.all(asked)).map(({ source }) => source)).toEqual(['miss', 'join', 'join']);
    expect(payers).toEqual(['t1']);
  });

  it('lets the next one pay who may, when the first one may not', async () => {
    const { ledger, open } = shutLedger();
    const { sut, payers } = flights(ledger);
    const { signal } = new AbortController();
    const asked = [tokenOf('poor', 9), tokenOf('poor too', 9), tokenOf('rich', 10), tokenOf('late', 9)].map(
      (caller) => sut.get(orderOf(caller), signal),
    );

    open();

    const outcomes = (await Promise.allSettled(asked)).map((each) =>
      each.status === 'fulfilled' ? each.value.source : (each.reason as { code: string }).code,
    );
    expect(outcomes).toEqual(['budget_exceeded', 'budget_exceeded', 'miss', 'join']);
    expect(payers).toEqual(['rich']);
  });
});
