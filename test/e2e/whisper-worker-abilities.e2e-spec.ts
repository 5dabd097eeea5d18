import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { createLocalEngine } from '../../src/whisper-worker/engines/create-local-engine.js';
import { fromProject } from '../../src/config/project-paths.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';
import { CaptionClient } from '../support/socket-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { startTranscription } from '../support/start-transcription.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { sample } from '../support/samples.js';

describe('A model that was trained without translations', () => {
  it.each([
    ['turbo', ['transcribe']],
    ['base', ['transcribe', 'translate']],
  ])('is known by its name: %s', async (name, tasks) => {
    const folder = await temporaryFolder();
    await symlink(fromProject('models/whisper-base'), join(folder.path, name));
    const settings = { engine: 'sherpa', model: name, modelsDir: folder.path, maxRecognisers: 1 } as const;
    const sut = createLocalEngine(settings);
    await folder.remove();
    expect([...sut.tasks]).toEqual(tasks);
  });
});

describe('A session that asks more of a model than it can do', () => {
  let folder: TemporaryFolder;
  let worker: Worker;
  let gateway: RunningApp;
  let client: CaptionClient;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // By its name a model for English only.
    await symlink(join(SIXTY_WORDS, 'en'), join(folder.path, 'tiny.en'));
    worker = await startTestWorker({ MODELS_DIR: folder.path, WHISPER_MODEL: 'tiny.en' });
    gateway = await startTranscription(worker);
  });

  afterEach(() => client.close());

  afterAll(async () => {
    await gateway.close();
    await worker.close();
    await folder.remove();
  });

  it.each([
    [{ language: 'ko' }, 'language', 'The model tiny.en does not know Korean (ko), only English (en).'],
    [{ language: 'auto' }, 'language', 'The model tiny.en detects no language, name one: English (en).'],
    [{ task: 'translate' as const }, 'task', 'The model tiny.en cannot translate.'],
  ])('is told what the model cannot: %j', async (options, param, message) => {
    client = new CaptionClient(gateway.url);
    await expect(client.start(options)).resolves.toMatchObject({
      ok: false,
      code: 'bad_request',
      param,
      message,
      retryable: false,
    });
  });

  it('does not keep the next one from its words', async () => {
    client = new CaptionClient(gateway.url);
    await client.start({ language: 'ko' });
    await expect(client.transcribe(sample('hello-world.wav'), { language: 'en' })).resolves.toBe(
      'Hello world.',
    );
  });
});
