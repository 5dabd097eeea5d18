import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpeechCache } from './speech-cache.js';

const BYTES = 100;
const FITS = 10;

describe(SpeechCache.name, () => {
  let dir: string;
  let sut: SpeechCache;
  let written = 0;

  const start = (): SpeechCache => new SpeechCache(dir, { totalBytes: FITS * BYTES, maxAgeMs: 3_600_000 });
  const write = async (tenantId: string, key: string): Promise<void> => {
    written += 1;
    await sut.write(tenantId, key, { provider: 'p', file: Buffer.from(`${written}`.padEnd(BYTES)) });
  };
  const has = async (tenantId: string, key: string): Promise<boolean> =>
    (await sut.read(tenantId, key)) !== undefined;
  const filesOnDisk = async (): Promise<number> =>
    (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'parley-cache-'));
    sut = start();
    await sut.open();
  });
  afterEach(async () => {
    await sut.close();
    await rm(dir, { recursive: true });
  });

  it('takes no more files than it keeps, however much has gone through it', async () => {
    for (let count = 0; count < 60; count++) await write('a', `key ${count}`);
    await sut.close();

    expect(sut.size).toBe(FITS);
    // A content and an index file each.
    expect(await filesOnDisk()).toBe(2 * FITS);
  });

  it('lets a lone tenant have everything', async () => {
    for (let count = 0; count < FITS; count++) await write('a', `key ${count}`);

    expect(sut.bytes).toBe(FITS * BYTES);
  });

  it('takes from the tenant that has most when another one needs room', async () => {
    for (let count = 0; count < FITS; count++) await write('a', `a ${count}`);
    for (let count = 0; count < 3; count++) await write('b', `b ${count}`);
    for (let count = 0; count < 50; count++) await write('a', `flood ${count}`);

    expect(await Promise.all([0, 1, 2].map((count) => has('b', `b ${count}`)))).toEqual([true, true, true]);
    expect(await has('a', 'flood 49')).toBe(true);
    expect(sut.bytes).toBe(FITS * BYTES);
  });

  it('knows whose speech is whose after a start', async () => {
    await write('b', 'b');
    await sut.close();
    sut = start();
    await sut.open();
    for (let count = 0; count < 50; count++) await write('a', `flood ${count}`);

    expect(await has('b', 'b')).toBe(true);
    expect(await has('a', 'b')).toBe(false);
  });
});
