import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PullLock } from './pull-lock.js';

/** A lock is stale after ten of them: a busy machine is late by less. */
const HEARTBEAT_MS = 50;

describe(PullLock.name, () => {
  let folder: string;
  let file: string;
  let waits: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-'));
    file = join(folder, 'pull.lock');
    waits = 0;
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function acquire(): Promise<PullLock> {
    return PullLock.acquire(file, { heartbeatMs: HEARTBEAT_MS, onWait: () => (waits += 1) });
  }

  /** Resolves when the holder has touched the file that many times. */
  async function heartbeats(count: number): Promise<void> {
    const seen = new Set<number>();
    while (seen.size < count) {
      seen.add(statSync(file).mtimeMs);
      await nextTurn();
    }
  }

  it('is free at once, and leaves nothing behind', async () => {
    const sut = await acquire();
    expect(existsSync(file)).toBe(true);
    await sut.release();
    expect([waits, readdirSync(folder)]).toEqual([0, []]);
  });

  it('is not taken from a holder that lives, however long that takes', async () => {
    const sut = await acquire();
    const next = acquire();
    // Six times as many as make a lock stale.
    const first = await Promise.race([heartbeats(60).then(() => 'heartbeats'), next.then(() => 'taken')]);
    expect(first).toBe('heartbeats');
    expect(sut.lost.aborted).toBe(false);
    await sut.release();
    await (await next).release();
    expect([waits, readdirSync(folder)]).toEqual([1, []]);
  });

  it.each(['a dead process', ''])('is taken from a dead process that wrote %j', async (owner) => {
    writeFileSync(file, owner);
    const sut = await acquire();
    await sut.release();
    expect([waits, readdirSync(folder)]).toEqual([1, []]);
  });

  it('goes to one of those that wait for a dead holder, then to the next', async () => {
    writeFileSync(file, 'a dead process');
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const sut = await acquire();
      holders += 1;
      most = Math.max(most, holders);
      await heartbeats(3);
      holders -= 1;
      await sut.release();
    };
    await Promise.all([work(), work(), work(), work()]);
    expect([most, readdirSync(folder)]).toEqual([1, []]);
  });

  it('is waited for until the caller ends it, and stays with its holder', async () => {
    const sut = await acquire();
    const wait = new AbortController();
    const next = PullLock.acquire(file, {
      heartbeatMs: HEARTBEAT_MS,
      onWait: () => wait.abort(),
      signal: wait.signal,
    });
    await expect(next).rejects.toThrow(/abort/i);
    expect(existsSync(file)).toBe(true);
    await sut.release();
  });

  it('tells a holder that another process took the lock, and leaves the lock to that process', async () => {
    const sut = await acquire();
    writeFileSync(file, 'another');
    if (!sut.lost.aborted) await once(sut.lost, 'abort');
    await sut.release();
    expect(readFileSync(file, 'utf8')).toBe('another');
  });
});
