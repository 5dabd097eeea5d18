import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/programs.js';
import { transcriptOf } from '../support/samples.js';
import { startApp, type RunningApp } from '../support/start-app.js';

describeWith('chromium')('the console page in Chromium', () => {
  let running: RunningApp;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    running = await startApp({ PROFILE: 'demo' });
    browser = await launchChromium(fromProject('samples/conversation-30s.wav'));
  });

  beforeEach(async () => {
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (entry) => {
      // Answers such as the 401 that makes the page ask for a key are reported by the browser itself, as failed resources.
      const isAnswer = entry.text().startsWith('Failed to load resource');
      if (entry.type() === 'error' && !isAnswer) faults.push(entry.text());
    });
    await page.goto(running.url);
  });

  afterEach(async () => {
    await page.close();
    expect(faults.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser.close();
    await running.close();
  });

  it('says what is behind it and that it is a demo', async () => {
    await page.getByText('chat: scripted').waitFor();
    await page.getByText('tts: espeak').waitFor();

    expect(await page.locator('#demo-note').isVisible()).toBe(true);
  });

  it('shows captions of a sample played as if it were a microphone', async () => {
    await page.selectOption('#sample', 'three-sentences.wav');
    await page.click('#play-sample');
    await page.getByText('Done').waitFor({ timeout: 20_000 });

    const captions = await page.locator('#captions li').allInnerTexts();

    expect(captions.map((caption) => caption.replace(/^[\d.]+ s\s*/, '')).join(' ')).toBe(
      transcriptOf('three-sentences.wav'),
    );
  });

  it('goes on where it was when the connection is lost in the middle of a session', async () => {
    const lines: { close(): Promise<void> }[] = [];
    await page.routeWebSocket(/socket\.io/, (line) => {
      line.connectToServer();
      lines.push(line);
    });
    await page.reload();
    await page.selectOption('#sample', 'three-sentences.wav');
    await page.click('#play-sample');
    await page.locator('#captions li:not(.interim)').first().waitFor({ timeout: 20_000 });
    await lines.at(-1)!.close();
    await page.getByText('Done').waitFor({ timeout: 20_000 });

    const captions = await page.locator('#captions li').allInnerTexts();

    expect(captions.map((caption) => caption.replace(/^[\d.]+ s\s*/, '')).join(' ')).toBe(
      transcriptOf('three-sentences.wav'),
    );
  });

  it("shows captions of the browser's microphone, and all of them after a stop", async () => {
    await page.click('#use-microphone');
    await page.locator('#captions li').nth(1).waitFor({ timeout: 20_000 });
    await page.click('#stop-captions');
    await page.getByText('Done').waitFor({ timeout: 20_000 });

    const captions = await page.locator('#captions li').allInnerTexts();

    expect(captions.join(' ')).toMatch(/Good morning|Today is Friday|Turn on the light/);
  });

  it('streams an answer into the chat', async () => {
    await page.fill('#chat-text', 'Hello');
    await page.click('#send');
    await page.getByText('First token after').waitFor({ timeout: 20_000 });

    expect((await page.locator('#messages li[data-role=assistant]').innerText()).length).toBeGreaterThan(10);
  });

  it('stops an answer', async () => {
    await page.fill('#chat-text', 'Hello');
    await page.click('#send');
    await page.locator('#messages li[data-role=assistant]:not(:empty)').waitFor();
    await page.click('#stop-chat');

    await expect(page.locator('#chat-state', { hasText: 'Stopped' }).waitFor()).resolves.toBeUndefined();
  });

  it('asks for a key when the server wants one, and works with it', async () => {
    const key = 'parley-test-key';
    const guarded = await startApp({
      PROFILE: 'demo',
      FEATURES: 'tts,transcription',
      API_KEYS: `acme:${createHash('sha256').update(key).digest('hex')}`,
    });
    try {
      await page.goto(guarded.url);
      await page.fill('#key', key);
      await page.click('#key-form button');
      await page.locator('#voice option').first().waitFor({ state: 'attached' });
      await page.click('#speech-form button');
      await expect(page.getByText('Playing after').waitFor({ timeout: 20_000 })).resolves.toBeUndefined();
    } finally {
      await page.goto('about:blank');
      await guarded.close();
    }
  });

  it('plays speech', async () => {
    await page.locator('#voice option').first().waitFor({ state: 'attached' });
    await page.click('#speech-form button');

    await expect(page.getByText('Playing after').waitFor({ timeout: 20_000 })).resolves.toBeUndefined();
  });
});
