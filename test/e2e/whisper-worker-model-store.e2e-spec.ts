import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpClient } from '../../src/models/http-client.js';
import { ModelStore, type StoreSettings } from '../../src/models/model-store.js';
import type { PullProgress } from '../../src/models/pull-progress.js';
import { FakeHub } from '../support/fake-hub.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const ENCODER = 'tiny-encoder.int8.onnx';

describe(ModelStore.name, () => {
  let hub: FakeHub;
  let folder: TemporaryFolder;
  let http: HttpClient;

  beforeEach(async () => {
    hub = await FakeHub.start();
    hub.addModel('tiny');
    folder = await temporaryFolder();
    http = new HttpClient();
  });

  afterEach(async () => {
    await http.close();
    await hub.close();
    await folder.remove();
  });

  function storeWith(settings: Partial<StoreSettings> = {}): ModelStore {
    return new ModelStore(
      {
        modelsDir: folder.path,
        mirror: hub.url,
        attempts: 2,
        backoffMs: 1,
        heartbeatMs: 20,
        reserveBytes: 0,
        ...settings,
      },
      http,
    );
  }

  it('tells how far a pull is, of the model as a whole', async () => {
    const told: PullProgress[] = [];
    await storeWith().pull('tiny', { onProgress: (progress) => told.push(progress) });
    expect(told[0]).toEqual({ model: 'tiny', state: 'downloading', doneBytes: 0, totalBytes: 601_000 });
    expect(told.at(-1)).toMatchObject({ doneBytes: 601_000, totalBytes: 601_000 });
    expect(new Set(told.map(({ state }) => state))).toEqual(new Set(['downloading', 'checking']));
  });

  it('ends a pull when the caller wants it, and the next one goes on there', async () => {
    hub.script.push({ type: 'stall', afterBytes: 100_000 });
    const caller = new AbortController();
    const sut = storeWith();
    const end = sut.pull('tiny', { signal: caller.signal }).catch((error: unknown) => error);
    const part = join(folder.path, 'tiny', `${ENCODER}.part`);
    await waitFor(() => existsSync(part) && statSync(part).size > 0, 'a part of the first file');
    caller.abort();
    expect(await end).toMatchObject({ code: 'pull_aborted', retryable: true });
    await sut.pull('tiny');
    expect(hub.requests[1]).toMatch(/^tiny-encoder.int8.onnx bytes=[1-9]\d*-$/);
    expect(await sut.verify('tiny')).toBe('ok');
  });

  it('does not begin when the caller has gone already', async () => {
    const pull = storeWith().pull('tiny', { signal: AbortSignal.abort() });
    await expect(pull).rejects.toMatchObject({ code: 'pull_aborted' });
    expect(hub.requests).toEqual([]);
  });

  it('keeps a former version until the new one is whole', async () => {
    const sut = storeWith();
    await sut.pull('tiny');
    const former = readFileSync(join(folder.path, 'tiny', ENCODER));
    hub.addModel('tiny', 200_000);
    // The encoder comes, the decoder does not.
    const broken = { type: 'status', status: 503 } as const;
    hub.script.push({ type: 'whole' }, broken, broken);
    await expect(sut.pull('tiny')).rejects.toMatchObject({ code: 'download_failed' });
    expect(readFileSync(join(folder.path, 'tiny', ENCODER)).equals(former)).toBe(true);
    expect(await sut.verify('tiny')).toBe('ok');
  });

  it('does not begin where the disk has no room, and says how much is needed', async () => {
    const sut = storeWith({ reserveBytes: Number.MAX_SAFE_INTEGER / 2 });
    await expect(sut.pull('tiny')).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/MB free; this needs 0\.6 MB/) as unknown,
    });
    expect(hub.requests).toEqual([]);
  });

  it('says that a folder cannot be written', async () => {
    const modelsDir = join(folder.path, 'a-file');
    writeFileSync(modelsDir, '');
    await expect(storeWith({ modelsDir }).pull('tiny')).rejects.toMatchObject({ code: 'not_writable' });
  });

  it('says that a manifest is none', async () => {
    const sut = storeWith();
    await sut.pull('tiny');
    writeFileSync(join(folder.path, 'tiny', 'model.json'), '{"name":');
    await expect(sut.verify('tiny')).rejects.toMatchObject({ code: 'manifest_invalid' });
  });

  it('asks which name was meant', async () => {
    await expect(storeWith().pull('smal')).rejects.toMatchObject({
      code: 'model_unknown',
      message: expect.stringMatching(/Did you mean small/) as unknown,
    });
    expect(existsSync(join(folder.path, 'smal'))).toBe(false);
  });

  it('reads a list that comes in pages', async () => {
    hub.pageSize = 1;
    const sut = storeWith();
    await sut.pull('tiny');
    expect(await sut.verify('tiny')).toBe('ok');
  });
});
