import { afterEach, describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { ConfiguredWorkers } from './configured-workers.js';
import type { WorkerHealth } from './worker-health.js';

const A = 'ws://10.0.0.1:8081/ws';
const B = 'ws://10.0.0.2:8081/ws';

describe(ConfiguredWorkers.name, () => {
  let sut: ConfiguredWorkers;
  let addresses: string[];
  let states: Record<string, WorkerHealth | undefined>;
  let asks: number;

  async function open(discoveryMs = 5): Promise<void> {
    asks = 0;
    sut = new ConfiguredWorkers({
      urls: ['ws://workers:8081/ws'],
      token: 'secret',
      discoveryMs,
      resolve: async () => addresses,
      ask: async (address) => {
        asks += 1;
        return states[address];
      },
    });
    await sut.onModuleInit();
  }

  /** Until the workers were asked once more. */
  function asked(): Promise<void> {
    return new Promise((resolve) => {
      const stop = sut.onPlace(() => {
        stop();
        resolve();
      });
    });
  }

  afterEach(() => sut.beforeApplicationShutdown());

  it('names the least loaded worker first, by places', async () => {
    addresses = [A, B];
    states = { [A]: { sessions: 4, capacity: 8 }, [B]: { sessions: 5, capacity: 64 } };
    await open();
    await asked();

    expect(sut.candidates()).toEqual([B, A]);
  });

  it('counts its own sessions before the workers tell them', async () => {
    addresses = [A, B];
    states = { [A]: {}, [B]: {} };
    await open();
    sut.joined(A);

    expect(sut.candidates()).toEqual([B, A]);
  });

  it('finds workers that come later and forgets those that are gone', async () => {
    addresses = [A];
    states = { [A]: {}, [B]: {} };
    await open();
    addresses = [B];
    await asked();
    await asked();

    expect(sut.candidates()).toEqual([B]);
  });

  it('leaves a worker that cannot be reached alone for a while', async () => {
    addresses = [A, B];
    states = {};
    await open();

    sut.lost(A, 'unreachable');

    expect(sut.candidates()).toEqual([B]);
  });

  it('goes to a worker again as soon as it has come back', async () => {
    addresses = [A];
    states = {};
    await open();
    await asked();
    // It would be left alone for 3 s.
    sut.lost(A, 'restarting');
    expect(() => sut.candidates()).toThrow(WorkerUnavailableError);

    states = { [A]: {} };
    await asked();
    await asked();

    expect(sut.candidates()).toEqual([A]);
  });

  it('does not blame a worker for what a session did to itself', async () => {
    addresses = [A];
    states = { [A]: {} };
    await open();

    sut.lost(A, 'failed');

    expect(sut.candidates()).toEqual([A]);
  });

  it('goes to a worker that is not ready only when no other one is', async () => {
    addresses = [A, B];
    states = { [A]: undefined, [B]: {} };
    await open();
    await asked();
    expect(sut.candidates()).toEqual([B]);

    sut.lost(B, 'lost');

    expect(sut.candidates()).toEqual([A]);
  });

  it('says so when all are full, and when the first may have a place', async () => {
    addresses = [A, B];
    states = {};
    await open();
    sut.full(A, 9_000);
    sut.full(B, 4_000);

    expect(() => sut.candidates()).toThrow(OverloadedError);
  });

  it('has a place again when a session leaves', async () => {
    addresses = [A];
    states = {};
    await open();
    const leave = sut.joined(A);
    sut.full(A, 9_000);
    let isTold = false;
    sut.onPlace(() => (isTold = true));

    leave();

    expect(isTold).toBe(true);
    expect(sut.candidates()).toEqual([A]);
  });

  it('says that none can be reached when all have failed', async () => {
    addresses = [A];
    states = {};
    await open();

    sut.lost(A, 'lost');

    expect(() => sut.candidates()).toThrow(WorkerUnavailableError);
  });

  it('counts sessions that dial, so that many who come at once are spread', async () => {
    addresses = [A, B];
    states = { [A]: { sessions: 1, capacity: 8 }, [B]: { sessions: 0, capacity: 8 } };
    await open();
    await asked();

    const first = Array.from({ length: 5 }, () => {
      const [best] = sut.candidates();
      sut.dialling(best!);
      return best;
    });

    expect(first.filter((address) => address === A)).toHaveLength(2);
  });

  it('adds the sessions that came since to what a worker told that others use too', async () => {
    addresses = [A, B];
    states = { [A]: { sessions: 5, capacity: 64 }, [B]: { sessions: 6, capacity: 64 } };
    await open(60_000);
    await sut.health();
    for (let session = 0; session < 2; session += 1) sut.joined(A);

    expect(sut.candidates()).toEqual([B, A]);
  });

  it('asks each worker once, however often it is asked how they are', async () => {
    addresses = [A, B];
    states = { [A]: {}, [B]: {} };
    await open(60_000);

    await Promise.all(Array.from({ length: 100 }, () => sut.health()));

    expect(asks).toBe(2);
  });
});
