import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { fromProject } from '../../src/config/project-paths.js';
import { chooseModel } from '../../src/models/chosen-model.js';
import type { ModelsBody } from '../../src/transcription/models/models-body.js';
import { launchChromium } from '../support/chromium.js';
import { joined } from '../support/coded-speech.js';
import { FakeHub } from '../support/fake-hub.js';
import { describeWith } from '../support/programs.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { sampleClip } from '../support/wav.js';

const SENTENCE = 'Please open the red door.';
const CLIP = joined([sampleClip('open-the-red-door.wav'), new Int16Array(48_000)]);
const PARTS = ['encoder', 'decoder'];

describeWith('chromium')('the offer of a better model in the console', () => {
  let browser: Browser;
  let page: Page;
  let hub: FakeHub;
  let models: TemporaryFolder;
  let sut: RunningApp;
  const clients: SpeakingClient[] = [];

  beforeAll(async () => {
    browser = await launchChromium(fromProject('samples/conversation-30s.wav'));
  });

  beforeEach(async () => {
    hub = await FakeHub.start();
    models = await temporaryFolder();
    // The quick model of the tests under the names of two real ones, of which the second has to be pulled.
    cpSync(join(SIXTY_WORDS, 'en'), join(models.path, 'base'), { recursive: true });
    for (const part of PARTS) publish(`small-${part}.int8.onnx`, `${part}.onnx`);
    publish('small-tokens.txt', 'tokens.txt');
    await chooseModel(models.path, 'base');
    sut = await startApp({
      FEATURES: 'transcription',
      WHISPER_MODEL: '',
      MODELS_DIR: models.path,
      MODELS_MIRROR: hub.url,
      WHISPER_CHOICE_MS: '50',
      WHISPER_LANES: '1',
    });
    page = await browser.newPage();
    await page.goto(sut.url);
  });

  afterEach(async () => {
    await page.close();
    for (const client of clients.splice(0)) client.close();
    await sut.close();
    await hub.close();
    await models.remove();
  });

  afterAll(() => browser.close());

  function publish(name: string, file: string): void {
    hub.files.set(
      `csukuangfj/sherpa-onnx-whisper-small/${name}`,
      readFileSync(join(SIXTY_WORDS, 'en', file)),
    );
  }

  async function told(): Promise<ModelsBody> {
    return (await (await fetch(`${sut.url}/transcription/models`)).json()) as ModelsBody;
  }

  function client(clips: number): SpeakingClient {
    clients.push(new SpeakingClient(sut.url, { samples: joined(Array.from({ length: clips }, () => CLIP)) }));
    return clients.at(-1)!;
  }

  it('pulls it at a click, with progress, and changes to it while a session goes on', async () => {
    let letGo = (): void => undefined;
    hub.script.push({ type: 'wait', until: new Promise<void>((resolve) => (letGo = resolve)) });
    await page
      .getByText(/Better: small \(375 MB to download, about \d+ MB of memory/)
      .waitFor({ timeout: 20_000 });
    const running = client(2);
    await running.start({ language: 'en' });
    await running.speak(20);
    await waitFor(() => running.finals.length === 1, 'the first sentence');
    await page.getByRole('button', { name: 'Use small' }).click();
    await page.locator('#model-progress').waitFor();
    const during = await page.locator('#model-in-use').innerText();
    letGo();
    await page.getByText('New sessions are heard with small').waitFor({ timeout: 20_000 });
    const { formerModel } = await told();
    const next = client(1);
    await next.start({ language: 'en' });
    const texts = [await running.finish(), await next.finish()];
    await waitFor(async () => (await told()).formerModel === null, 'the end of the former model');

    expect(during).toMatch(/^Speech is heard with base \(loaded in [\d.]+ s, \d+ MB of memory\)/);
    expect({ formerModel, texts }).toEqual({
      formerModel: 'base',
      texts: [`${SENTENCE} ${SENTENCE}`, SENTENCE],
    });
  });

  it('says what is wrong with a pull, and offers it again', async () => {
    hub.script.push({ type: 'status', status: 404 });
    await page.getByRole('button', { name: 'Use small' }).click({ timeout: 20_000 });
    await page.locator('#model-state[data-kind=error]', { hasText: /404/ }).waitFor({ timeout: 20_000 });

    expect(await page.getByRole('button', { name: 'Use small' }).isEnabled()).toBe(true);
    expect((await told()).inUse).toBe('base');
  });

  it('ends a pull at a click', async () => {
    hub.script.push({ type: 'wait', until: new Promise(() => undefined) });
    await page.getByRole('button', { name: 'Use small' }).click({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Cancel' }).click();

    await expect(page.getByText('small: cancelled').waitFor({ timeout: 20_000 })).resolves.toBeUndefined();
  });
});
