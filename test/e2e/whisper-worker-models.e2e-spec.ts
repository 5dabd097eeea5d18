import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
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
    return runModels(args, storeAt(mirror), {
      line: (text) => printed.push(text),
      bar: { show: (name, doneBytes, totalBytes) => progress.push(`${name} ${doneBytes} of ${totalBytes}`) },
    });
  }

  function storeAt(mirror: string): ModelStore {
    return new ModelStore(
      {
        modelsDir: folder.path,
        mirror,
        attempts: 3,
        stallMs: 200,
        backoffMs: 1,
        heartbeatMs: 20,
        reserveBytes: 0,
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

  it('lists what can be pulled and what is here', async () => {
    await run('pull', 'tiny');
    printed.length = 0;
    expect(await run('list')).toBe(0);
    expect(printed.find((line) => line.startsWith('tiny '))).toMatch(/here$/);
    expect(printed.find((line) => line.startsWith('turbo '))).not.toMatch(/here$/);
  });

  it('says which names there are', async () => {
    expect(await run('pull', 'gigantic')).toBe(1);
    expect(printed.join()).toMatch(/tiny, tiny.en/);
  });

  it('says how it is used', async () => {
    expect(await run('frobnicate')).toBe(2);
    expect(printed.join()).toMatch(/Usage/);
  });
});
