import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { chooseModel, readChoice } from '../../src/models/chosen-model.js';
import type { ModelsBody } from '../../src/transcription/models/models-body.js';
import { FakeHub } from '../support/fake-hub.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const ENGLISH = fromProject('test/fixtures/models/sixty-words/en');
const KEY = 'a-key-of-the-tests';

describe('Models over HTTP', () => {
  let hub: FakeHub;
  let models: TemporaryFolder;
  let sut: RunningApp;

  beforeEach(async () => {
    hub = await FakeHub.start();
    hub.addModel('small');
    models = await temporaryFolder();
    cpSync(ENGLISH, join(models.path, 'mine'), { recursive: true });
    await chooseModel(models.path, 'mine');
  });

  afterEach(async () => {
    await sut.close();
    await hub.close();
    await models.remove();
  });

  async function start(env: Record<string, string> = {}): Promise<void> {
    sut = await startApp({
      FEATURES: 'transcription',
      WHISPER_MODEL: '',
      MODELS_DIR: models.path,
      MODELS_MIRROR: hub.url,
      WHISPER_CHOICE_MS: '50',
      WHISPER_LANES: '1',
      ...env,
    });
  }

  async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: never }> {
    const response = await fetch(`${sut.url}/transcription/models${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json().catch(() => undefined)) as never };
  }

  const list = async (): Promise<ModelsBody> => (await ask('GET', '')).body;
  const use = (model: string): ReturnType<typeof ask> => ask('POST', '/use', { model });

  /** Until then the hub keeps the client waiting. */
  function holdTheHub(): () => void {
    let letGo = (): void => undefined;
    const until = new Promise<void>((resolve) => (letGo = resolve));
    hub.script.push({ type: 'wait', until });
    return letGo;
  }

  it('lists the model in use, those that are here and those that can be pulled', async () => {
    await start();
    await waitFor(async () => (await list()).inUse === 'mine', 'the worker');
    const { canUse, loadMs, models: all } = await list();

    expect({ canUse, isLoaded: loadMs! > 0 }).toEqual({ canUse: true, isLoaded: true });
    expect(all.find(({ name }) => name === 'mine')).toMatchObject({ state: 'in use', downloadBytes: null });
    expect(all.find(({ name }) => name === 'small')).toEqual({
      name: 'small',
      state: 'absent',
      downloadBytes: expect.any(Number),
      memoryBytes: expect.any(Number),
      languages: ['many'],
      licence: { name: 'MIT', url: expect.stringMatching(/^https:/) },
      command: 'npm run models -- use small',
    });
  });

  it('pulls a model with progress, one at a time, and chooses it', async () => {
    await start();
    const letGo = holdTheHub();
    const begun = await use('small');
    const second = await use('base');
    letGo();
    await waitFor(async () => (await list()).pull?.state === 'done', 'the end of the pull');
    const { pull } = await list();

    expect([begun.status, second]).toEqual([
      202,
      { status: 409, body: { error: expect.objectContaining({ code: 'conflict' }) } },
    ]);
    expect(pull!.doneBytes).toBe(pull!.totalBytes);
    expect((await readChoice(models.path)).model).toBe('small');
  });

  it('keeps the model in use when the pulled one is none, and says what is wrong with it', async () => {
    await start();
    await waitFor(async () => (await list()).inUse === 'mine', 'the worker');
    await use('small');
    await waitFor(async () => (await list()).change?.state === 'failed', 'the refusal of the worker');
    const { inUse, change } = await list();

    expect({ inUse, change }).toEqual({
      inUse: 'mine',
      change: {
        state: 'failed',
        model: 'small',
        reason: expect.stringMatching(/^small-encoder.int8.onnx is/),
      },
    });
  });

  it('ends a pull when it is asked to, and goes on with it later', async () => {
    await start();
    const letGo = holdTheHub();
    await use('small');
    await waitFor(() => hub.requests.length > 0, 'the download');
    const cancelled = await ask('DELETE', '/pull');
    const state = (await list()).pull?.state;
    letGo();
    await use('small');
    await waitFor(async () => (await list()).pull?.state === 'done', 'the end of the pull');

    expect({ status: cancelled.status, state }).toEqual({ status: 204, state: 'cancelled' });
  });

  it('says what to do when the hub cannot be reached, and chooses nothing', async () => {
    await start({ MODELS_MIRROR: 'http://127.0.0.1:9' });
    await use('small');
    await waitFor(async () => (await list()).pull?.state === 'failed', 'the end of the pull');

    expect((await list()).pull?.message).toMatch(/HTTPS_PROXY/);
    expect((await readChoice(models.path)).model).toBe('mine');
  });

  it.each([
    ['a name that no model has', { model: 'gigantic' }, 'model'],
    ['a path', { model: '../mine' }, 'model'],
    ['no name', {}, 'model'],
    ['another field', { model: 'small', force: true }, 'force'],
  ])('refuses %s', async (_what, body, param) => {
    await start();
    const answer = await ask('POST', '/use', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request', param } } });
  });

  it.each([
    ['with workers elsewhere', { WHISPER_WORKERS: 'ws://127.0.0.1:9/ws' }, /elsewhere/],
    ['with WHISPER_MODEL', { WHISPER_MODEL: 'mine' }, /WHISPER_MODEL/],
  ])('names the command instead %s', async (_what, env, message) => {
    await start(env);
    const { canUse, refusal } = await list();
    const answer = await use('small');

    expect({ canUse, refusal }).toEqual({ canUse: false, refusal: expect.stringMatching(message) });
    expect(answer).toMatchObject({
      status: 403,
      body: {
        error: { code: 'forbidden', message: expect.stringMatching(/npm run models -- use small$/) },
      },
    });
    expect((await ask('DELETE', '/pull')).status).toBe(403);
    expect((await readChoice(models.path)).model).toBe('mine');
  });

  it('lets nobody change it whose key lacks the scope admin', async () => {
    await start({ API_KEYS: `a:${createHash('sha256').update(KEY).digest('hex')}` });
    const { canUse, refusal } = await list();

    expect({ canUse, refusal }).toEqual({ canUse: false, refusal: expect.stringMatching(/"admin"/) });
    expect(await use('small')).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', message: expect.stringMatching(/"admin"/) } },
    });
    expect((await ask('DELETE', '/pull')).status).toBe(403);
    expect((await readChoice(models.path)).model).toBe('mine');
  });
});
