import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallerWork } from '../../auth/caller-work.js';
import { KeyChanges } from '../../auth/keys/key-changes.js';
import { ProviderRejectedError } from '../../common/errors/provider-errors.js';
import { TenantConcurrencyLimit } from '../../common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../common/limits/tenant-shares.js';
import { OpenStreams } from '../../common/streams/open-streams.js';
import { budgetsFor } from '../../../test/support/budgets.js';
import { LOCAL_CALLER } from '../../auth/caller.js';
import { configurationOf } from '../../configuration.js';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import { ProviderMetrics } from '../../metrics/provider-metrics.js';
import { MemoryRunStore } from '../providers/memory/memory-run-store.js';
import { RunMetrics } from './run-metrics.js';
import { RunStarter, type RunRequest } from './run-starter.js';
import type { RunStore } from './run-store.js';
import type { RunContext } from './run.js';

function runMetrics(): RunMetrics {
  const registry = new MetricsRegistry();
  return new RunMetrics(registry, new ProviderMetrics(registry));
}

const STORE_DOWN = new Error('The store is down');
const REQUEST: RunRequest = {
  caller: { ...LOCAL_CALLER, tenantId: 'a' },
  model: 'm',
  request: {},
  options: {},
};

type Call = Exclude<keyof RunStore, symbol>;

/** A store that works but for one call, which rejects after it has been obeyed, as when the answer is lost. */
function storeFailingIn(call: Call): RunStore {
  const store: RunStore = new MemoryRunStore({ keepMs: 1_000, maxKept: 10 });
  const fail = async (work: Promise<unknown>): Promise<never> => {
    await work;
    throw STORE_DOWN;
  };
  return {
    add: (run) => (call === 'add' ? fail(store.add(run)) : store.add(run)),
    find: (...args) => (call === 'find' ? fail(store.find(...args)) : store.find(...args)),
    findOrAdd: (...args) =>
      call === 'findOrAdd' ? fail(store.findOrAdd(...args)) : store.findOrAdd(...args),
    remove: (run) => (call === 'remove' ? fail(store.remove(run)) : store.remove(run)),
  };
}

describe('a run whose store fails', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  let concurrency: TenantConcurrencyLimit;
  let streams: OpenStreams;

  function starterWith(store: RunStore): RunStarter {
    const config = configurationOf({ NODE_ENV: 'test', FEATURES: 'chat' });
    concurrency = new TenantConcurrencyLimit(config.chat.maxConcurrent, 'chat', ONE_TENANT);
    streams = new OpenStreams({ noticeMs: 0, graceMs: 0 });
    return new RunStarter(
      config.chat,
      config.process,
      streams,
      concurrency,
      runMetrics(),
      store,
      budgetsFor(),
      new CallerWork(new KeyChanges(), { find: () => undefined }),
    );
  }

  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => void process.off('unhandledRejection', note));

  it.each<[Call, Partial<RunRequest>]>([
    ['add', {}],
    ['findOrAdd', { options: { requestId: 'r' } }],
  ])('is stopped when %s rejects, and gives its place back', async (call, request) => {
    const sut = starterWith(storeFailingIn(call));
    let context: RunContext | undefined;
    const opening = sut.open({ ...REQUEST, ...request }, async (given) => {
      context = given;
      await once(given.signal, 'abort');
      throw given.signal.reason;
    });

    await expect(opening).rejects.toBe(STORE_DOWN);
    await nextTurn();
    expect(context?.signal.aborted).toBe(true);
    expect([concurrency.taken, streams.size]).toEqual([0, 0]);
    expect(unhandled).toEqual([]);
  });

  it('is not begun when it cannot be looked for', async () => {
    const sut = starterWith(storeFailingIn('find'));
    const began: RunContext[] = [];
    const opening = sut.open({ ...REQUEST, lastEventId: 'run_x:1' }, async (context) => {
      began.push(context);
      return 'stop';
    });

    await expect(opening).rejects.toThrow('There is no such run.');
    expect(began).toEqual([]);
    expect(concurrency.taken).toBe(0);
  });

  it('fails as the provider refused it, also when the store cannot forget it', async () => {
    const sut = starterWith(storeFailingIn('remove'));
    const refusal = new ProviderRejectedError('Refused.');
    const run = await sut.open(REQUEST, () => Promise.reject(refusal));

    await expect(run.accepted).rejects.toBe(refusal);
    await nextTurn();
    expect(run.status).toBe('failed');
    expect(unhandled).toEqual([]);
  });
});
