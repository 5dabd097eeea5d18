import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import cacache from 'cacache';
import { KeptFiles } from './kept-files.js';

const ONE = Buffer.from('one');
const TWO = Buffer.from('two');

describe(KeptFiles.name, () => {
  let dir: string;
  let sut: KeptFiles;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'parley-kept-'));
    sut = new KeptFiles(dir);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const filesOnDisk = async (): Promise<string[]> => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  /** As if a process had left it long ago. */
  const age = async (): Promise<void> => {
    for (const path of await filesOnDisk()) await utimes(path, 1, 1);
  };

  it('leaves nothing on the disk of what was removed, however much it was', async () => {
    for (let count = 0; count < 50; count++) {
      await sut.write(`key ${count}`, Buffer.from(`file ${count}`), {});
      await sut.remove(`key ${count}`);
    }

    expect(await filesOnDisk()).toEqual([]);
  });

  it('takes no more room for a key that is written again and again', async () => {
    for (let count = 0; count < 20; count++) await sut.write('key', Buffer.from(`file ${count}`), {});
    const index = (await filesOnDisk()).find((path) => path.includes('index-'))!;

    expect(await filesOnDisk()).toHaveLength(2);
    expect((await readFile(index, 'utf8')).trim().split('\n')).toHaveLength(1);
    expect((await sut.read('key')).file.toString()).toBe('file 19');
  });

  it('keeps a content as long as somebody uses it', async () => {
    await sut.write('a', ONE, {});
    await sut.write('b', ONE, {});
    expect(await filesOnDisk()).toHaveLength(3);
    await sut.remove('a');
    expect((await sut.read('b')).file).toEqual(ONE);
    await sut.remove('b');

    expect(await filesOnDisk()).toEqual([]);
  });

  it('does not remove what is being written at the same time', async () => {
    await sut.write('old', ONE, {});
    await Promise.all([sut.remove('old'), sut.write('new', ONE, {}), sut.remove('old')]);

    expect((await sut.read('new')).file).toEqual(ONE);
  });

  it('counts the users of a content anew after a start', async () => {
    await sut.write('a', ONE, { of: 'a' });
    await sut.write('b', ONE, { of: 'b' });
    const again = new KeptFiles(dir);
    const kept = await again.open();
    await again.remove('a');

    expect(kept).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: 'a', metadata: { of: 'a' }, bytes: 3 }),
        expect.objectContaining({ key: 'b', metadata: { of: 'b' }, bytes: 3 }),
      ]),
    );
    expect((await again.read('b')).file).toEqual(ONE);
  });

  it('writes a damaged content anew', async () => {
    const { path } = await sut.write('a', ONE, {});
    await sut.write('b', ONE, {});
    await writeFile(path, TWO);
    await expect(sut.read('a')).rejects.toMatchObject({ code: 'EINTEGRITY' });
    await sut.removeDamaged('a');
    await sut.write('a', ONE, {});

    expect((await sut.read('a')).file).toEqual(ONE);
  });

  it('clears away what earlier versions and crashes have left', async () => {
    await sut.write('kept', ONE, {});
    await sut.write('marked', TWO, {});
    // As earlier versions did: a mark in the index, for ever.
    await cacache.rm.entry(dir, 'marked');
    await mkdir(join(dir, 'tmp'), { recursive: true });
    await writeFile(join(dir, 'tmp', 'half'), ONE);
    await age();

    await new KeptFiles(dir).open();

    expect(await filesOnDisk()).toHaveLength(2);
    expect((await sut.read('kept')).file).toEqual(ONE);
  });

  it('leaves alone what another process may be writing', async () => {
    const { path } = await sut.write('other', ONE, {});
    const orphan = join(dirname(path), 'fresh');
    await appendFile(orphan, 'fresh');
    await new KeptFiles(dir).open();

    expect(await filesOnDisk()).toContain(orphan);
  });
});
