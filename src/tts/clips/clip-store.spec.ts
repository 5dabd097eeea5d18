import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ONE_TENANT } from '../../common/limits/tenant-shares.js';
import { ClipStore } from './clip-store.js';

const FILE = Buffer.alloc(100, 'x');

describe(ClipStore.name, () => {
  let dir: string;
  let made = 0;

  const start = async (sharing = ONE_TENANT): Promise<ClipStore> => {
    const sut = new ClipStore(dir, 4 * FILE.length, sharing);
    await sut.open();
    return sut;
  };
  const keep = async (sut: ClipStore, tenantId = 'a', lifeMs = 3_600_000): Promise<string> => {
    made += 1;
    const file = Buffer.from(`${made}`.padEnd(FILE.length));
    return (await sut.keep(file, { format: 'mp3', expiresAt: Date.now() + lifeMs, tenantId })).id;
  };
  const filesOnDisk = async (): Promise<number> =>
    (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'parley-clips-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('holds its limit against clips that come together', async () => {
    const sut = await start();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => keep(sut)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(sut.size).toBe(4);
  });

  it('leaves nothing on the disk of clips that are over', async () => {
    const sut = await start();
    for (let count = 0; count < 30; count++) await keep(sut, 'a', -1);
    await keep(sut);

    expect(sut.size).toBe(1);
    expect(await filesOnDisk()).toBe(2);
  });

  it('drops what is over behind clips that live longer', async () => {
    const sut = await start();
    await keep(sut, 'a', 3_600_000);
    for (let count = 0; count < 3; count++) await keep(sut, 'a', -1);

    await expect(keep(sut)).resolves.toBeDefined();
    expect(sut.size).toBe(2);
  });

  it('keeps space for another tenant, after a start as well', async () => {
    const sharing = { tenants: 2, percent: 75 };
    const first = await start(sharing);
    for (let count = 0; count < 3; count++) await keep(first, 'a');
    await expect(keep(first, 'a')).rejects.toMatchObject({ code: 'overloaded' });
    const second = await start(sharing);

    await expect(keep(second, 'a')).rejects.toMatchObject({ code: 'overloaded' });
    await expect(keep(second, 'b')).resolves.toBeDefined();
  });
});
