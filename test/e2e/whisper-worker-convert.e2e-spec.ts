import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ModelsProcess } from '../support/models-process.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** What `python SCRIPT FOLDER TARGET` leaves, without Python: the scripts are proved by the sums of models/whisper-base. */
const MAKES =
  '[ "$1" = -c ] || { for each in encoder.int8.onnx decoder.int8.onnx tokens.txt; do echo "$2" >"$3/$each"; done; }';
const FAILS =
  '[ "$1" = -c ] || { echo half >"$3/encoder.int8.onnx"; echo "Traceback" >&2; echo "MemoryError: no" >&2; exit 1; }';

describe('npm run models -- convert', () => {
  let folder: TemporaryFolder;
  let source: string;
  let modelsDir: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    source = join(folder.path, 'faster-whisper-small');
    modelsDir = join(folder.path, 'models');
    mkdirSync(source);
    for (const file of ['model.bin', 'config.json', 'tokenizer.json'])
      writeFileSync(join(source, file), file);
  });

  afterEach(() => folder.remove());

  function python(script: string): string {
    const path = join(folder.path, 'python');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
    const sut = new ModelsProcess(args, { MODELS_DIR: modelsDir });
    return { code: await sut.ended, output: sut.output };
  }

  it('makes a model that is whole and can be verified', async () => {
    const { code } = await run('convert', source, 'small', '--python', python(MAKES));
    expect(code).toBe(0);
    expect(readdirSync(join(modelsDir, 'small')).toSorted()).toEqual([
      'decoder.int8.onnx',
      'description.json',
      'encoder.int8.onnx',
      'model.json',
      'tokens.txt',
    ]);
    expect((await run('verify', 'small')).output).toMatch(/small +ok/);
  });

  it('keeps the padding of a model that it quantises', async () => {
    writeFileSync(join(source, 'encoder.onnx'), '');
    writeFileSync(join(source, 'tokens.txt'), '');
    writeFileSync(join(source, 'description.json'), '{"tailPaddingFrames":7}');
    await run('quantise', source, 'small-8', '--python', python(MAKES));
    expect(readFileSync(join(modelsDir, 'small-8', 'description.json'), 'utf8')).toBe(
      '{"tailPaddingFrames":7}',
    );
  });

  it('leaves nothing behind when the script fails, and says its last line', async () => {
    const { code, output } = await run('convert', source, 'small', '--python', python(FAILS));
    expect([code, output.trim().split('\n').at(-1)]).toEqual([1, 'Python says: MemoryError: no']);
    expect(readdirSync(modelsDir)).toEqual([]);
  });

  it('never replaces a model', async () => {
    mkdirSync(join(modelsDir, 'small'), { recursive: true });
    const { code, output } = await run('convert', source, 'small', '--python', python(MAKES));
    expect([code, output]).toEqual([1, expect.stringMatching(/small is there already/)]);
    expect(readdirSync(join(modelsDir, 'small'))).toEqual([]);
  });

  it('says which files a folder lacks', async () => {
    const { code, output } = await run('convert', folder.path, 'small', '--python', python(MAKES));
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^.*no model\.bin or \*\.safetensors, no config\.json, no tokenizer\.json\.\n$/),
    ]);
  });

  it('says in one line that there is no Python', async () => {
    const { code, output } = await run('convert', source, 'small', '--python', join(folder.path, 'nowhere'));
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^.*nowhere cannot be started\. Install Python.*\n$/),
    ]);
  });

  it('refuses a name that leads out of MODELS_DIR', async () => {
    const { code } = await run('convert', source, '../escaped', '--python', python(MAKES));
    expect([code, existsSync(join(folder.path, 'escaped'))]).toEqual([1, false]);
  });

  it('says how it is used when something is missing', async () => {
    expect(await run('convert', source)).toEqual({ code: 2, output: expect.stringMatching(/Usage/) });
  });
});
