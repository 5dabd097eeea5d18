import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { KeyFileError, parseKeyFile, readKeyFile, writeKeyFile, type KeyRecord } from './key-file.js';

const SECRET = 'swordfish';
const KEY: KeyRecord = { name: 'web', tenant: 'acme', sha256: 'a'.repeat(64), scopes: ['tts'] };

describe('the file of keys', () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => folder.remove());

  const path = (): string => join(folder.path, 'keys.json');

  it('gives back what was written, to its owner only, and leaves nothing beside it', async () => {
    const key: KeyRecord = {
      ...KEY,
      limits: { perDay: { tokens: 5 } },
      expiresAt: '2030-01-01T00:00:00.000Z',
    };
    await writeKeyFile(path(), [KEY]);
    await writeKeyFile(path(), [key]);

    expect(await readKeyFile(path(), 10_000)).toEqual([key]);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(['keys.json']);
  });

  it.each([
    ['no JSON', `{ "${SECRET}`, /not JSON/],
    ['no list', `["${SECRET}"]`, /^body must be/],
    ['a scope that is none', { ...KEY, scopes: [SECRET] }, /^keys\.0\.scopes\.0 must be one of tts/],
    ['no scope', { ...KEY, scopes: [] }, /^keys\.0\.scopes is too short/],
    ['a hash that is a key', { ...KEY, sha256: SECRET }, /^keys\.0\.sha256 is not valid/],
    ['a name with blanks', { ...KEY, name: `my ${SECRET}` }, /^keys\.0\.name is not valid/],
    ['a date that is none', { ...KEY, expiresAt: SECRET }, /^keys\.0\.expiresAt is not valid/],
    ['a misspelt field', { ...KEY, expires: SECRET }, /^keys\.0\.expires is not a known field/],
    [
      'limits that contradict',
      { ...KEY, limits: { perMinute: { tokens: 2 }, perDay: { tokens: 1 } } },
      /perDay/,
    ],
  ])('is refused with %s, and nothing of it is repeated', (_what, content, message) => {
    const text = typeof content === 'string' ? content : JSON.stringify({ keys: [content] });
    const parse = (): unknown => parseKeyFile(text);

    expect(parse).toThrow(KeyFileError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(SECRET);
  });

  it.each([
    ['a name', { ...KEY, name: 'WEB', sha256: 'b'.repeat(64) }, 'keys.1.name occurs twice.'],
    ['a key', { ...KEY, name: 'other', sha256: 'A'.repeat(64) }, 'keys.1.sha256 occurs twice.'],
  ])('may have %s once', (_what, second, message) => {
    expect(() => parseKeyFile(JSON.stringify({ keys: [KEY, second] }))).toThrow(message);
  });

  it('is not read beyond its bound, nor when it is a folder or not there', async () => {
    await writeFile(path(), JSON.stringify({ keys: [KEY] }).padEnd(2_000));

    await expect(readKeyFile(path(), 1_999)).rejects.toThrow('longer than 1999 bytes');
    await expect(readKeyFile(path(), 2_000)).resolves.toHaveLength(1);
    await expect(readKeyFile(folder.path, 2_000)).rejects.toThrow(/EISDIR/);
    await expect(readKeyFile(`${path()}.no`, 2_000)).rejects.toThrow('does not exist');
  });
});
