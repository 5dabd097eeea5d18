import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { ConfigError } from '../../config/load-env.js';
import { configurationOf } from '../../configuration.js';
import { hashOf, keyIdOf } from './api-key.js';
import { KeyChanges } from './key-changes.js';
import { writeKeyFile, type KeyRecord } from './key-file.js';
import { KeyRing } from './key-ring.js';

const hex = (key: string): string => hashOf(key).toString('hex');
const idOf = (key: string): string => keyIdOf(hashOf(key));
const record = (name: string, more: Partial<KeyRecord> = {}): KeyRecord => ({
  name,
  tenant: 'acme',
  sha256: hex(name),
  scopes: ['tts', 'chat'],
  ...more,
});

describe(KeyRing.name, () => {
  let folder: TemporaryFolder;
  let changes: KeyChanges;
  let revoked: string[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    changes = new KeyChanges();
    revoked = [];
    changes.onRevoked((keyId) => revoked.push(keyId));
  });

  afterEach(() => folder.remove());

  const path = (): string => join(folder.path, 'keys.json');

  function configOf(env: Record<string, string> = {}): ReturnType<typeof configurationOf>['auth'] {
    return configurationOf({ API_KEYS_FILE: path(), ...env }).auth;
  }

  const open = (env: Record<string, string> = {}): Promise<KeyRing> => KeyRing.open(configOf(env), changes);

  it('knows the keys of the variable and of the file', async () => {
    await writeKeyFile(path(), [record('web', { limits: { concurrentRuns: 2 } })]);
    const sut = await open({ API_KEYS: `globex:${hex('old')}` });

    expect(sut.match('old')).toMatchObject({ tenantId: 'globex', name: null });
    expect(sut.match('old')?.scopes).toEqual(new Set(['tts', 'chat', 'transcription', 'files', 'realtime']));
    expect(sut.match('web')).toMatchObject({ tenantId: 'acme', name: 'web', limits: { concurrentRuns: 2 } });
    expect(sut.match('neither')).toBeUndefined();
    expect(sut.find(idOf('web'))).toBe(sut.match('web'));
  });

  it('admits nobody by a file without keys', async () => {
    await writeKeyFile(path(), []);
    const sut = await open();

    expect(sut.isKeyless).toBe(false);
    expect(sut.isLive('local')).toBe(false);
  });

  it('takes what the file says of a key that is in the variable as well', async () => {
    await writeKeyFile(path(), [record('web', { revokedAt: '2026-01-01T00:00:00.000Z' })]);
    const sut = await open({ API_KEYS: `acme:${hex('web')}` });

    expect(sut.match('web')).toMatchObject({ isRevoked: true });
    expect(sut.isLive(idOf('web'))).toBe(false);
  });

  it('ends a key at its expiry, without telling of it', async () => {
    await writeKeyFile(path(), [record('web', { expiresAt: '2030-01-01T00:00:00.000Z' })]);
    const sut = await open();
    const expiresAtMs = Date.parse('2030-01-01T00:00:00.000Z');

    expect(sut.isLive(idOf('web'), expiresAtMs - 1)).toBe(true);
    expect(sut.isLive(idOf('web'), expiresAtMs)).toBe(false);
    expect(revoked).toEqual([]);
  });

  it.each<[string, KeyRecord[]]>([
    ['revoked', [record('web', { revokedAt: '2026-01-01T00:00:00.000Z' }), record('other')]],
    ['gone', [record('other')]],
    [
      'given an end that is over',
      [record('web', { expiresAt: '2026-01-01T00:00:00.000Z' }), record('other')],
    ],
    ['of another tenant', [record('web', { tenant: 'globex' }), record('other')]],
    ['short of a scope', [record('web', { scopes: ['tts'] }), record('other')]],
  ])('tells of a key that is %s, once', async (_how, keys) => {
    await writeKeyFile(path(), [record('web'), record('other')]);
    const sut = await open();
    await writeKeyFile(path(), keys);
    await sut.reload();
    await sut.reload();

    expect(revoked).toEqual([idOf('web')]);
  });

  it('says nothing of an expiry that is put off, or brought forward to a time to come', async () => {
    const untilMs = (ms: number): KeyRecord[] => [record('web', { expiresAt: new Date(ms).toISOString() })];
    await writeKeyFile(path(), untilMs(Date.now() + 7_200_000));
    const sut = await open();
    for (const keys of [untilMs(Date.now() + 3_600_000), [record('web')]]) {
      await writeKeyFile(path(), keys);
      await sut.reload();
    }

    expect(revoked).toEqual([]);
    expect(sut.isLive(idOf('web'))).toBe(true);
  });

  it('tells all listeners, though one fails', async () => {
    await writeKeyFile(path(), [record('web')]);
    const told: string[] = [];
    const sut = await open();
    changes.onRevoked(() => {
      throw new Error('it cannot end its work');
    });
    changes.onRevoked((keyId) => told.push(keyId));
    await writeKeyFile(path(), []);
    await sut.reload();

    expect(told).toEqual([idOf('web')]);
  });

  it('says nothing of a key that has gained a scope, a name or a limit', async () => {
    await writeKeyFile(path(), [record('web')]);
    const sut = await open();
    await writeKeyFile(path(), [
      record('renamed', {
        sha256: hex('web'),
        scopes: ['chat', 'tts', 'files'],
        limits: { concurrentRuns: 1 },
      }),
    ]);
    await sut.reload();

    expect(revoked).toEqual([]);
    expect(sut.match('web')).toMatchObject({ name: 'renamed', limits: { concurrentRuns: 1 } });
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['broken', () => writeFile(path(), '{"keys":'), /not JSON/],
    ['gone', () => rm(path()), /does not exist/],
    ['of another kind', () => writeFile(path(), '{"keys":[{"name":"web"}]}'), /^keys\.0/],
  ])('keeps the former keys while the file is %s, and says so', async (_how, spoil, fault) => {
    await writeKeyFile(path(), [record('web')]);
    const sut = await open();
    await spoil();
    await sut.reload();

    expect(sut.fault).toMatch(fault);
    expect(sut.isLive(idOf('web'))).toBe(true);
    expect(revoked).toEqual([]);

    await writeKeyFile(path(), []);
    await sut.reload();
    expect(sut.fault).toBeUndefined();
    expect(revoked).toEqual([idOf('web')]);
  });

  it('takes a file back that was put aside, as it was', async () => {
    await writeKeyFile(path(), [record('web')]);
    const sut = await open();
    await rename(path(), `${path()}.aside`);
    await sut.reload();
    await rename(`${path()}.aside`, path());
    await sut.reload();

    expect(sut.fault).toBeUndefined();
  });

  it('sees a change that leaves the size and the time as they were', async () => {
    const time = new Date(1_000_000_000_000);
    await writeFile(path(), JSON.stringify({ keys: [record('web')] }));
    await utimes(path(), time, time);
    const sut = await open();
    await writeFile(path(), JSON.stringify({ keys: [record('web', { sha256: hex('new') })] }));
    await utimes(path(), time, time);
    await sut.reload();

    expect(revoked).toEqual([idOf('web')]);
    expect(sut.match('new')).toBeDefined();
  });

  it('counts the tenants that share the limits anew', async () => {
    await writeKeyFile(path(), [record('web')]);
    const config = configOf({ API_KEYS: `globex:${hex('old')}` });
    const sut = await KeyRing.open(config, changes);
    expect(config.tenantSharing.tenants).toBe(2);

    await writeKeyFile(path(), [record('web'), record('third', { tenant: 'initech' })]);
    await sut.reload();
    expect(config.tenantSharing.tenants).toBe(3);
  });

  it.each([
    ['that is not there', () => Promise.resolve(), /API_KEYS_FILE: it does not exist/],
    ['that is broken', () => writeFile(path(), 'keys'), /API_KEYS_FILE: it is not JSON/],
    ['that is too long', () => writeFile(path(), ' '.repeat(2_048)), /longer than 1024 bytes/],
  ])('does not start with a file %s', async (_how, prepare, message) => {
    await prepare();
    const opened = open({ API_KEYS_FILE_MAX_BYTES: '1024' });

    await expect(opened).rejects.toThrow(ConfigError);
    await expect(opened).rejects.toThrow(message);
  });
});
