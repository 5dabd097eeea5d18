import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { ConfigError } from '../../config/load-env.js';
import { KeptRevokedTokens } from './kept-revoked-tokens.js';

const HOUR_MS = 3_600_000;
const token = (id: string, { tenantId = 'acme.eu', expiresAtMs = 1_000 } = {}) => ({
  id,
  tenantId,
  expiresAtMs,
});

describe(KeptRevokedTokens.name, () => {
  let parent: TemporaryFolder;
  let path: string;
  let nowMs: number;

  beforeEach(async () => {
    parent = await temporaryFolder();
    path = join(parent.path, 'revoked');
    nowMs = 0;
  });

  afterEach(() => parent.remove());

  const open = (max = 10): Promise<KeptRevokedTokens> => KeptRevokedTokens.open(path, max, () => nowMs);

  it('remembers beyond its own end, for the tenant alone', async () => {
    await (await open()).add(token('a_B-1'));
    const sut = await open();

    expect(await sut.has(token('a_B-1'))).toBe(true);
    expect(await sut.has(token('a_B-1', { tenantId: 'acme' }))).toBe(false);
  });

  it('remembers what another process has revoked in the same folder', async () => {
    const [one, other] = [await open(), await open()];
    await one.add(token('a'));
    await other.add(token('b'));
    const sut = await open();

    expect([await sut.has(token('a')), await sut.has(token('b'))]).toEqual([true, true]);
  });

  it('keeps the folder to its owner', async () => {
    await open();

    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('forgets a token that has expired, at its start and once in a while', async () => {
    const first = await open();
    await first.add(token('a'));
    await first.add(token('b', { expiresAtMs: 3 * HOUR_MS }));
    nowMs = HOUR_MS;
    await first.add(token('c', { expiresAtMs: 3 * HOUR_MS }));
    await waitFor(async () => (await readdir(path)).length === 2, 'the expired token to be forgotten');

    nowMs = 3 * HOUR_MS;
    await open();
    expect(await readdir(path)).toEqual([]);
  });

  it('counts those of an earlier start, and counts none of them out', async () => {
    const first = await open();
    await first.add(token('a'));
    await first.add(token('b'));
    const sut = await open(1);

    expect([await sut.has(token('a')), await sut.has(token('b'))]).toEqual([true, true]);
    await expect(sut.add(token('c'))).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('refuses a token also when that cannot be written down, and says so', async () => {
    const sut = await open();
    await rm(path, { recursive: true });
    await writeFile(path, 'no folder');

    await expect(sut.add(token('a'))).rejects.toMatchObject({ code: 'internal', retryable: true });
    expect(await sut.has(token('a'))).toBe(true);

    await rm(path);
    await mkdir(path);
    await sut.add(token('a'));
    expect(await (await open()).has(token('a'))).toBe(true);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['that is a file', () => writeFile(path, ''), /^AUTH_REVOKED_TOKENS_DIR: it cannot be used \(EEXIST\)/],
    [
      'with something that cannot be read',
      async () => {
        await mkdir(path);
        await writeFile(join(path, '1000.a'), '');
      },
      /^AUTH_REVOKED_TOKENS_DIR: "1000\.a" is no revoked token/,
    ],
  ])('does not start with a folder %s', async (_what, spoil, message) => {
    await spoil();

    await expect(open()).rejects.toThrow(ConfigError);
    await expect(open()).rejects.toThrow(message);
  });

  it("does not mind the system's own files", async () => {
    await mkdir(path);
    await writeFile(join(path, '.DS_Store'), '');

    await expect(open()).resolves.toBeDefined();
  });
});
