import { describe, expect, it } from '@jest/globals';
import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { WorkerQueue } from './worker-queue.js';

/** A door that lets in as many as it is told to. */
class Door {
  places = 0;
  readonly entered: string[] = [];

  enter(who: string): () => Promise<void> {
    return async () => {
      if (this.places === 0) throw new OverloadedError('full');
      this.places -= 1;
      this.entered.push(who);
    };
  }
}

describe(WorkerQueue.name, () => {
  const silent = (): void => undefined;

  it('lets those who wait in as they came', async () => {
    const sut = new WorkerQueue({ limit: 3, waitMs: 60_000 });
    const door = new Door();
    const waiting = ['a', 'b', 'c'].map((who) => sut.wait('acme', door.enter(who), silent, undefined));

    door.places = 3;
    sut.wakeFirst();
    await Promise.all(waiting);

    expect(door.entered).toEqual(['a', 'b', 'c']);
    expect(sut.length).toBe(0);
  });

  it('tells each its place, and again when it moves up', async () => {
    const sut = new WorkerQueue({ limit: 2, waitMs: 60_000 });
    const door = new Door();
    const places: number[] = [];
    const first = sut.wait('acme', door.enter('a'), silent, undefined);
    const second = sut.wait('acme', door.enter('b'), ({ position }) => places.push(position), undefined);

    door.places = 2;
    sut.wakeFirst();
    await Promise.all([first, second]);

    expect(places).toEqual([2, 1]);
  });

  it('refuses at its bound, and says when to come again', async () => {
    const sut = new WorkerQueue({ limit: 0, waitMs: 60_000 });

    await expect(sut.wait('acme', new Door().enter('a'), silent, undefined)).rejects.toMatchObject({
      code: 'overloaded',
      retryAfterMs: 5_000,
    });
  });

  it('refuses after the longest wait', async () => {
    const sut = new WorkerQueue({ limit: 1, waitMs: 0 });

    await expect(sut.wait('acme', new Door().enter('a'), silent, undefined)).rejects.toThrow(OverloadedError);
    expect(sut.length).toBe(0);
  });

  it('forgets who goes away', async () => {
    const sut = new WorkerQueue({ limit: 1, waitMs: 60_000 });
    const leaving = new AbortController();
    const waiting = sut.wait('acme', new Door().enter('a'), silent, leaving.signal);

    leaving.abort();

    await expect(waiting).rejects.toThrow(/aborted/);
    expect(sut.length).toBe(0);
  });

  it('lets tenants take turns, so that nobody waits behind all the sessions of another one', async () => {
    const sut = new WorkerQueue({ limit: 10, waitMs: 60_000 }, { tenants: 3, percent: 75 });
    const door = new Door();
    const wait = (tenantId: string, who: string): Promise<void> =>
      sut.wait(tenantId, door.enter(who), silent, undefined);
    const waiting = ['a1', 'a2', 'a3', 'a4'].map((who) => wait('acme', who));
    waiting.push(wait('globex', 'g1'), wait('initech', 'i1'), wait('globex', 'g2'));

    door.places = 7;
    sut.wakeFirst();
    await Promise.all(waiting);

    expect(door.entered).toEqual(['a1', 'g1', 'i1', 'a2', 'g2', 'a3', 'a4']);
  });

  it('keeps a part of the queue for the other tenants', async () => {
    const sut = new WorkerQueue({ limit: 4, waitMs: 60_000 }, { tenants: 2, percent: 75 });
    const door = new Door();
    const wait = (tenantId: string): Promise<void> =>
      sut.wait(tenantId, door.enter(tenantId), silent, undefined);
    const waiting = ['acme', 'acme', 'acme'].map(wait);

    await expect(wait('acme')).rejects.toThrow(OverloadedError);
    waiting.push(wait('globex'));
    door.places = 4;
    sut.wakeFirst();
    await Promise.all(waiting);

    expect(door.entered).toHaveLength(4);
    expect(sut.length).toBe(0);
  });
});
