import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
import { readChoice } from '../../src/models/chosen-model.js';
import { HttpClient } from '../../src/models/http-client.js';
import { ModelStore } from '../../src/models/model-store.js';
import { runModels } from '../../src/models/run-models.js';
import { FakeHub } from '../support/fake-hub.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

describe('npm run models', () => {
  let hub: FakeHub;
  let folder: TemporaryFolder;
  let http: HttpClient;
  let printed: string[];
  const progress: string[] = [];

  beforeEach(async () => {
    hub = await FakeHub.start();
    hub.addModel('tiny');
    folder = await temporaryFolder();
    http = new HttpClient();
    printed = [];
    progress.length = 0;
  });

  afterEach(async () => {
    await http.close();
    await hub.close();
    await folder.remove();
  });

  function run(...args: string[]): Promise<number> {
    return runAt(hub.url, ...args);
  }

  function runAt(mirror: string, ...args: string[]): Promise<number> {
    return runWith(undefined, mirror, ...args);
  }

  function runWith(variable: string | undefined, mirror: string, ...args: string[]): Promise<number> {
    return runModels(args, {
      store: storeAt(mirror),
      terminal: {
        line: (text) => printed.push(text),
        bar: {
          show: (name, doneBytes, totalBytes) => progress.push(`${name} ${doneBytes} of ${totalBytes}`),
        },
      },
      variable,
      inUse: ['tiny'],
    });
  }

  function storeAt(mirror: string): ModelStore {
    return new ModelStore(
      {
        modelsDir: folder.path,
        mirror,
        attempts: 3,
        stallMs: 2_000,
        backoffMs: 1,
        heartbeatMs: 20,
        reserveBytes: 0,
        includedDir: folder.path,
      },
      http,
    );
  }

  const path = (file: string): string => join(folder.path, 'tiny', file);
  const content = (file: string): Buffer => hub.files.get(`csukuangfj/sherpa-onnx-whisper-tiny/${file}`)!;
  const isWhole = (file: string): boolean => readFileSync(path(file)).equals(content(file));
  const files = ['tiny-encoder.int8.onnx', 'tiny-decoder.int8.onnx', 'tiny-tokens.txt'];

  it('pulls a model that the worker then finds, shows progress and verifies it', async () => {
    expect(await run('pull', 'tiny')).toBe(0);
    expect(files.every(isWhole)).toBe(true);
    expect(findModel('tiny', folder.path)).toMatchObject({ name: 'tiny' });
    expect(progress.at(-1)).toBe('tiny 601000 of 601000');
    expect(await run('verify')).toBe(0);
    expect(printed.at(-1)).toMatch(/^tiny\s+ok$/);
  });

  const chosen = async (): Promise<string | undefined> => (await readChoice(folder.path)).model;

  it('pulls a model that is to be used, and chooses it', async () => {
    expect(await run('use', 'tiny')).toBe(0);
    expect({ isHere: files.every(isWhole), chosen: await chosen() }).toEqual({
      isHere: true,
      chosen: 'tiny',
    });
  });

  it('chooses a model that is here without the hub', async () => {
    await run('pull', 'tiny');
    expect(await runAt('http://127.0.0.1:9', 'use', 'tiny')).toBe(0);
    expect(await runAt('http://127.0.0.1:9', 'use', 'whisper-base')).toBe(0);
    expect(await chosen()).toBe('whisper-base');
  });

  it('chooses nothing that it cannot get', async () => {
    await run('use', 'tiny');
    expect(await runAt('http://127.0.0.1:9', 'use', 'small')).toBe(1);
    expect(await run('use', 'gigantic')).toBe(1);
    expect(await chosen()).toBe('tiny');
  });

  it('says that WHISPER_MODEL wins where it is set', async () => {
    expect(await runWith('base', hub.url, 'use', 'tiny')).toBe(0);
    expect(printed.at(-1)).toMatch(/WHISPER_MODEL is set here and wins/);
  });

  it('leaves no partial file behind', async () => {
    await run('pull', 'tiny');
    expect(readdirSync(join(folder.path, 'tiny')).toSorted()).toEqual([...files, 'model.json'].toSorted());
  });

  it('does not download again what is there', async () => {
    await run('pull', 'tiny');
    await run('pull', 'tiny');
    expect(hub.requests).toHaveLength(3);
  });

  it.each([
    ['is cut', { type: 'cut', afterBytes: 100_000 } as const],
    ['stalls', { type: 'stall', afterBytes: 100_000 } as const],
  ])('goes on where it was when the connection %s', async (_what, mischief) => {
    hub.script.push(mischief);
    expect(await run('pull', 'tiny')).toBe(0);
    expect(files.every(isWhole)).toBe(true);
    expect(hub.requests[1]).toMatch(/^tiny-encoder.int8.onnx bytes=[1-9]\d*-$/);
  });

  it('goes on with what an earlier run left', async () => {
    await mkdir(join(folder.path, 'tiny'));
    writeFileSync(path('tiny-encoder.int8.onnx.part'), content('tiny-encoder.int8.onnx').subarray(0, 1_234));
    await run('pull', 'tiny');
    expect(hub.requests[0]).toBe('tiny-encoder.int8.onnx bytes=1234-');
    expect(files.every(isWhole)).toBe(true);
  });

  it('begins anew at a server that knows no ranges', async () => {
    hub.script.push({ type: 'cut', afterBytes: 100_000 }, { type: 'no-ranges' });
    expect(await run('pull', 'tiny')).toBe(0);
    expect(files.every(isWhole)).toBe(true);
  });

  it('fetches a damaged file again', async () => {
    hub.script.push({ type: 'corrupt' });
    expect(await run('pull', 'tiny')).toBe(0);
    expect(files.every(isWhole)).toBe(true);
  });

  it('refuses a file that is damaged every time, and puts nothing in its place', async () => {
    hub.script.push({ type: 'corrupt' }, { type: 'corrupt' });
    expect(await run('pull', 'tiny')).toBe(1);
    expect(printed.join()).toMatch(/checksum/);
    expect(existsSync(path('tiny-encoder.int8.onnx'))).toBe(false);
  });

  it('gives up when nothing comes, and keeps what it has', async () => {
    const broken = { type: 'status', status: 503 } as const;
    hub.script.push({ type: 'cut', afterBytes: 50_000 }, broken, broken, broken);
    expect(await run('pull', 'tiny')).toBe(1);
    expect(printed.join()).toMatch(/cannot be downloaded/);
    expect(await run('pull', 'tiny')).toBe(0);
    expect(files.every(isWhole)).toBe(true);
  });

  it('does not try again what the server does not have', async () => {
    hub.script.push({ type: 'status', status: 404 });
    expect(await run('pull', 'tiny')).toBe(1);
    expect(hub.requests).toHaveLength(1);
  });

  it('says what to do without a network', async () => {
    const { url } = hub;
    expect(await runAt('http://127.0.0.1:9', 'pull', 'tiny')).toBe(1);
    expect(printed.join('\n')).toMatch(/HTTPS_PROXY[\s\S]*MODELS_MIRROR[\s\S]*tiny-encoder.int8.onnx/);
    expect(url).toBe(hub.url);
  });

  it('says when the mirror is none', async () => {
    expect(await runAt(`${hub.url}/csukuangfj`, 'pull', 'tiny')).toBe(1);
    expect(printed.join()).toMatch(/answers 404/);
  });

  it('finds a file that was damaged later, and mends it', async () => {
    await run('pull', 'tiny');
    writeFileSync(path('tiny-decoder.int8.onnx'), 'damaged');
    expect(await run('verify', 'tiny')).toBe(1);
    expect(printed.join('\n')).toMatch(/damaged[\s\S]*pull tiny/);
    await run('pull', 'tiny');
    expect(await run('verify', 'tiny')).toBe(0);
  });

  describe('list', () => {
    const lineOf = (name: string): string | undefined => printed.find((line) => line.startsWith(`${name} `));

    it('shows what is in use, what can be pulled, and what each needs', async () => {
      await run('pull', 'tiny');
      printed.length = 0;
      expect(await run('list')).toBe(0);
      expect(lineOf('tiny')).toMatch(/whisper +104 MB +~\d+ MB +many +MIT +in use$/);
      expect(lineOf('turbo')).toMatch(/MIT$/);
      expect(lineOf('voice:de_DE-thorsten-medium')).toMatch(/voice .* de-DE +CC0 \*$/);
    });

    it('shows what is damaged', async () => {
      await run('pull', 'tiny');
      writeFileSync(path('tiny-decoder.int8.onnx'), 'damaged');
      printed.length = 0;
      await run('list');
      expect(lineOf('tiny')).toMatch(/damaged$/);
    });

    it('shows models of your own', async () => {
      await mkdir(join(folder.path, 'mine'));
      writeFileSync(join(folder.path, 'mine', 'x-encoder.onnx'), '');
      await run('list');
      expect(lineOf('mine')).toMatch(/whisper +here$/);
    });

    it('gives the same as JSON', async () => {
      expect(await run('list', '--json')).toBe(0);
      expect(JSON.parse(printed.join('\n'))).toContainEqual(
        expect.objectContaining({ name: 'small', kind: 'whisper', state: 'absent', sizeMb: 375 }),
      );
    });
  });

  describe('voices', () => {
    const NAME = 'en_US-ljspeech-medium';
    const voice = (file: string): string => join(folder.path, 'voices', NAME, file);

    beforeEach(() => hub.addVoice(NAME, 30));

    it('are pulled with their folders, and say what they are', async () => {
      hub.pageSize = 7;
      expect(await run('pull', `voice:${NAME}`)).toBe(0);
      expect(readFileSync(voice('espeak-ng-data/lang/x29/y'), 'utf8')).toBe('data 29');
      expect(JSON.parse(readFileSync(voice('voice.json'), 'utf8'))).toEqual({
        kind: 'vits',
        languages: ['en-US'],
        licence: 'public domain',
      });
      expect(readdirSync(join(folder.path, 'voices', NAME)).toSorted()).toEqual(
        ['MODEL_CARD', `${NAME}.onnx`, 'espeak-ng-data', 'model.json', 'tokens.txt', 'voice.json'].toSorted(),
      );
      expect(await run('verify', `voice:${NAME}`)).toBe(0);
    });

    it('show their licence before anything is downloaded', async () => {
      hub.addVoice('de_DE-thorsten-medium');
      hub.script.push({ type: 'status', status: 404 });
      await run('pull', 'voice:de_DE-thorsten-medium');
      const shown = printed.join('\n');
      expect(shown).toMatch(/CC0.*MODEL_CARD[\s\S]*RESTRICTED OR UNCLEAR[\s\S]*cannot be downloaded/);
    });

    it('are found damaged in a folder of theirs, and mended with what is missing', async () => {
      await run('pull', `voice:${NAME}`);
      writeFileSync(voice('espeak-ng-data/lang/x3/y'), 'other');
      expect(await run('verify')).toBe(1);
      hub.requests.length = 0;
      expect(await run('pull', `voice:${NAME}`)).toBe(0);
      expect(hub.requests).toHaveLength(1);
      expect(await run('verify')).toBe(0);
    });

    it.each([
      'espeak-ng-data/../../../escaped',
      'espeak-ng-data/a\\..\\b',
      'espeak-ng-data//b',
      'espeak-ng-data/.hidden',
    ])('are refused when the hub lists %j, before anything is downloaded', async (file) => {
      hub.files.set(`csukuangfj/vits-piper-${NAME}/${file}`, Buffer.from('x'));
      expect(await run('pull', `voice:${NAME}`)).toBe(1);
      expect(printed.at(-1)).toMatch(/may not be written/);
      expect(hub.requests).toEqual([]);
    });

    it('are refused when the hub lists far more than they are', async () => {
      hub.claimedBytes.set(`csukuangfj/vits-piper-${NAME}/${NAME}.onnx`, 300_000_000);
      expect(await run('pull', `voice:${NAME}`)).toBe(1);
      expect(printed.at(-1)).toMatch(/300 MB.*should have about 82 MB/);
    });
  });

  it('compares every model, also beside one whose manifest is none', async () => {
    await run('pull', 'tiny');
    await mkdir(join(folder.path, 'broken'));
    writeFileSync(join(folder.path, 'broken', 'x-encoder.onnx'), '');
    writeFileSync(join(folder.path, 'broken', 'model.json'), '{');
    expect(await run('verify')).toBe(1);
    expect(printed.join('\n')).toMatch(/model.json is damaged[\s\S]*broken +damaged[\s\S]*tiny +ok/);
  });

  it('asks which name was meant', async () => {
    expect(await run('pull', 'larg-v3')).toBe(1);
    expect(printed.join()).toMatch(/Did you mean large-v3/);
  });

  it('says which names there are when none is near', async () => {
    expect(await run('pull', 'parakeet')).toBe(1);
    expect(printed.join()).toMatch(/tiny, tiny.en/);
  });

  it('pulls nothing that comes with the sources', async () => {
    expect(await run('pull', 'whisper-base')).toBe(1);
    expect(printed.join()).toMatch(/git restore models\/whisper-base/);
  });

  it('says how it is used', async () => {
    expect(await run('frobnicate')).toBe(2);
    expect(printed.join()).toMatch(/Usage/);
  });
});

describe('The models of the repository', () => {
  it('are those that their manifests say, wherever MODELS_DIR is', async () => {
    const http = new HttpClient();
    const elsewhere = await temporaryFolder();
    const sut = new ModelStore({ modelsDir: elsewhere.path, mirror: 'http://127.0.0.1:9' }, http);
    expect(await sut.installed()).toEqual(['silero-vad', 'whisper-base']);
    expect(await Promise.all([sut.verify('whisper-base'), sut.verify('silero-vad')])).toEqual(['ok', 'ok']);
    await http.close();
    await elsewhere.remove();
  });
});
