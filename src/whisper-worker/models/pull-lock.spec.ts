import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PullLock } from './pull-lock.js';

/** Ten of them without a sign of life make a dead one: a busy machine must not be as slow as that. */
const BEAT_MS = 50;

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

  function take(): Promise<PullLock> {
    return PullLock.take(file, { beatMs: BEAT_MS, onWait: () => (waits += 1) });
  }

  /** Resolves when a holder has shown that many times that it lives. */
  async function beats(count: number): Promise<void> {
    const seen = new Set<number>();
    while (seen.size < count) {
      seen.add(statSync(file).mtimeMs);
      await nextTurn();
    }
  }

  it('is free at once, and leaves nothing behind', async () => {
    const sut = await take();
    expect(existsSync(file)).toBe(true);
    await sut.release();
    expect([waits, readdirSync(folder)]).toEqual([0, []]);
  });

  it('is not taken from one who lives, however long that takes', async () => {
    const sut = await take();
    const next = take();
    // Six times as many as after which a dead one would be given up.
    const first = await Promise.race([beats(60).then(() => 'beats'), next.then(() => 'taken')]);
    expect(first).toBe('beats');
    expect(sut.lost.aborted).toBe(false);
    await sut.release();
    await (await next).release();
    expect([waits, readdirSync(folder)]).toEqual([1, []]);
  });

  it.each(['somebody who died', ''])('is taken from a dead one who wrote %j', async (owner) => {
    writeFileSync(file, owner);
    const sut = await take();
    await sut.release();
    expect([waits, readdirSync(folder)]).toEqual([1, []]);
  });

  it('goes to one of those who wait for a dead one, then to the next', async () => {
    writeFileSync(file, 'somebody who died');
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const sut = await take();
      holders += 1;
      most = Math.max(most, holders);
      await beats(3);
      holders -= 1;
      await sut.release();
    };
    await Promise.all([work(), work(), work(), work()]);
    expect([most, readdirSync(folder)]).toEqual([1, []]);
  });

  it('tells one whose lock another has taken, and leaves that other his', async () => {
    const sut = await take();
    writeFileSync(file, 'another');
    if (!sut.lost.aborted) await once(sut.lost, 'abort');
    await sut.release();
    expect(readFileSync(file, 'utf8')).toBe('another');
  });
});
