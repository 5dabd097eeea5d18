import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { hashOf } from './api-key.js';
import { readKeyFile, type KeyRecord } from './key-file.js';
import { runKeys } from './run-keys.js';

describe(runKeys.name, () => {
  let folder: TemporaryFolder;
  let printed: string[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    printed = [];
  });

  afterEach(() => folder.remove());

  const path = (): string => join(folder.path, 'keys.json');
  const records = (): Promise<KeyRecord[]> => readKeyFile(path(), 100_000);

  function run(command: string): Promise<number> {
    return runKeys(command.split(' '), {
      file: path(),
      maxBytes: 100_000,
      line: (text) => printed.push(text),
    });
  }

  it('makes a key that is shown once and kept by its hash', async () => {
    const limits = '{"perDay":{"tokens":100}}';
    expect(await run(`create web --tenant acme --scopes tts,chat --expires 90d --limits ${limits}`)).toBe(0);
    const key = /parley-[\w-]{32}/.exec(printed.join('\n'))![0];
    const [record] = await records();

    expect(record).toMatchObject({
      name: 'web',
      tenant: 'acme',
      scopes: ['tts', 'chat'],
      sha256: hashOf(key).toString('hex'),
      limits: { perDay: { tokens: 100 } },
    });
    expect(Date.parse(record!.expiresAt!) - Date.parse(record!.createdAt!)).toBe(90 * 86_400_000);
    expect(await readFile(path(), 'utf8')).not.toContain(key);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['keys.json']);
  });

  it('lists keys without their hashes', async () => {
    await run('create web --tenant acme --scopes tts');
    const [record] = await records();
    printed = [];
    expect(await run('list')).toBe(0);
    expect(await run('list --json')).toBe(0);

    expect(printed.join('\n')).toMatch(/^web \([0-9a-f]{12}\) of acme, live, tts, never expires\n/);
    expect(JSON.parse(printed[1]!)).toMatchObject([{ name: 'web', state: 'live' }]);
    expect(printed.join('\n')).not.toContain(record!.sha256);
  });

  it('revokes a key for good: its name is not given again', async () => {
    await run('create web --tenant acme --scopes tts');
    expect(await run('revoke web')).toBe(0);
    const [first] = await records();
    expect(await run('revoke web')).toBe(0);
    expect(await run('create web --tenant acme --scopes tts')).toBe(1);

    expect(await records()).toEqual([{ ...first, revokedAt: expect.any(String) }]);
  });

  it('loses no key when several are made at once', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map((name) => run(`create ${name} --tenant acme --scopes tts`)));

    expect((await records()).map(({ name }) => name).toSorted()).toEqual(names);
  });

  it.each([
    [
      'a scope it lacks',
      'create more --tenant acme --scopes tts,admin --expires 1d --as web',
      /lacks: admin/,
    ],
    ['another tenant', 'create more --tenant globex --scopes tts --expires 1d --as web', /own tenant/],
    ['a longer life', 'create more --tenant acme --scopes tts --expires 3d --as web', /outlive/],
    ['a life without end', 'create more --tenant acme --scopes tts --as web', /outlive/],
    ['anything, once it is revoked', 'create more --tenant acme --scopes tts --as old', /old is revoked/],
    [
      'anything, where there is none',
      'create more --tenant acme --scopes tts --as nobody',
      /no key of the name/,
    ],
  ])('lets no key mint %s', async (_what, command, message) => {
    await run('create web --tenant acme --scopes tts,chat --expires 2d');
    await run('create old --tenant acme --scopes tts');
    await run('revoke old');
    printed = [];

    expect(await run(command)).toBe(1);
    expect(printed.join()).toMatch(message);
    expect(await records()).toHaveLength(2);
  });

  it('lets a key mint what it has, and notes who did', async () => {
    await run('create web --tenant acme --scopes tts,chat --expires 2d');
    expect(await run('create less --tenant acme --scopes tts --expires 1d --as web')).toBe(0);

    expect((await records())[1]).toMatchObject({ name: 'less', mintedBy: 'web' });
  });

  it.each([
    ['a scope that is none', 'create web --tenant acme --scopes tts,sing', /scopes\.1 must be one of/],
    ['no tenant', 'create web --scopes tts', /tenant must be a string/],
    ['no scopes', 'create web --tenant acme', /scopes must be an array/],
    ['an expiry in the past', 'create web --tenant acme --scopes tts --expires 2020-01-01', /in the past/],
    ['an expiry of no kind', 'create web --tenant acme --scopes tts --expires soon', /--expires must be/],
    [
      'limits that are no JSON',
      'create web --tenant acme --scopes tts --limits many',
      /--limits is not JSON/,
    ],
    [
      'limits of no kind',
      'create web --tenant acme --scopes tts --limits {"a":1}',
      /limits\.a is not a known/,
    ],
    ['a name that is a path', 'create ../web --tenant acme --scopes tts', /name is not valid/],
  ])('refuses %s', async (_what, command, message) => {
    expect(await run(command)).toBe(1);
    expect(printed.join()).toMatch(message);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('does not write over a file that it cannot read', async () => {
    await writeFile(path(), 'precious');

    expect(await run('create web --tenant acme --scopes tts')).toBe(1);
    expect(await readFile(path(), 'utf8')).toBe('precious');
  });

  it.each([
    '',
    'create',
    'revoke',
    'list web',
    'create a b --tenant t --scopes tts',
    'delete web',
    'list --all',
  ])('says how it is used, for %p', async (command) => {
    expect(await run(command)).toBe(2);
    expect(printed.join()).toMatch(/^Usage:/);
  });
});
