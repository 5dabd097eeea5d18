import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page, WebSocket } from 'playwright-core';
import { startProduct } from '../../scripts/start-product.js';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import {
  answer,
  beginAnswer,
  deltaEvent,
  ENDING_EVENTS,
  refuse,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
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

  /** Makes the page play one of the clips that the quick models know, once it knows these models. */
  async function playClip(file: string): Promise<void> {
    await page.locator('#language option[value=ko]').waitFor({ state: 'attached' });
    await page.evaluate(`document.getElementById('sample').append(new Option('clip', '${file}'))`);
    await page.selectOption('#sample', file);
    await page.focus('#play-sample');
    await page.keyboard.press('Enter');
  }

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
    await playClip('three-sentences.wav');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 });

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
    await playClip('three-sentences.wav');
    await page.locator('#captions li:not(.interim)').first().waitFor({ timeout: 20_000 });
    await lines.at(-1)!.close();
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 });

    const captions = await page.locator('#captions li').allInnerTexts();

    expect(captions.map((caption) => caption.replace(/^[\d.]+ s\s*/, '')).join(' ')).toBe(
      transcriptOf('three-sentences.wav'),
    );
  });

  it("shows captions of the browser's microphone, and all of them after a stop", async () => {
    await page.locator('#language option[value=ko]').waitFor({ state: 'attached' });
    await page.click('#use-microphone');
    await page.locator('#captions li').nth(1).waitFor({ timeout: 20_000 });
    await page.click('#stop-captions');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 });

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

  it("picks the browser's language where the model detects none, and sends the one that is picked", async () => {
    const starts: string[] = [];
    const note = (message: string): void => {
      if (message.includes('session:start')) starts.push(message);
    };
    // It leaves by a request while the connection is not upgraded yet.
    page.on('request', (request) => note(request.postData() ?? ''));
    page.on('websocket', (connection) => connection.on('framesent', ({ payload }) => note(String(payload))));
    await page.reload();
    await page.locator('#language option[value=ko]').waitFor({ state: 'attached' });

    expect(await page.inputValue('#language')).toBe('en');
    expect(await page.locator('#translate').isVisible()).toBe(false);
    await page.selectOption('#language', 'ko');
    await page.click('#use-microphone');
    await page.getByText(/Listening|Hearing/).waitFor({ timeout: 20_000 });
    await page.click('#stop-captions');

    expect(starts).toEqual([expect.stringContaining('"language":"ko"')]);
  });

  it('leaves the keyboard on a button that can be pressed', async () => {
    await playClip('three-sentences.wav');
    await page.locator('#stop-captions:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 20_000 });

    expect(await page.evaluate('document.activeElement.id')).toBe('use-microphone');
  });

  describe('with a chat provider that fails', () => {
    let provider: FakeOpenAiChat;
    let other: RunningApp;

    beforeEach(async () => {
      provider = await startFakeOpenAiChat();
      other = await startApp({ FEATURES: 'chat', CHAT_BASE_URL: provider.url, OPENAI_MAX_RETRIES: '0' });
      await page.goto(other.url);
    });

    afterEach(async () => {
      await page.goto('about:blank');
      await other.close();
      await provider.close();
    });

    async function say(text: string): Promise<void> {
      await page.fill('#chat-text', text);
      await page.click('#send');
    }

    it('goes on with the talk after an answer that failed, and gives the question back', async () => {
      provider.script = refuse(500);
      await say('First');
      await page.locator('#chat-state[data-kind=error]').waitFor();

      expect(await page.inputValue('#chat-text')).toBe('First');
      expect(await page.locator('#messages li').count()).toBe(0);

      provider.script = answer('Here I am');
      await say('Second');
      await page.getByText('First token after').waitFor();
      await say('Third');
      await page.locator('#messages li').nth(3).waitFor();
      await page.getByText('First token after').waitFor();

      expect(provider.exchanges.at(-1)!.body.messages).toEqual([
        { role: 'user', content: 'Second' },
        { role: 'assistant', content: 'Here I am' },
        { role: 'user', content: 'Third' },
      ]);
    });

    it('ends the generation when it is stopped', async () => {
      provider.script = beginAnswer('Once upon');
      await say('A story');
      await page.getByText('Once upon').waitFor();
      await page.click('#stop-chat');
      await page.getByText('Stopped').waitFor();

      await expect(provider.exchanges[0]!.closed).resolves.toBeUndefined();
    });

    it('comes back to an answer whose connection was lost, and asks only once', async () => {
      provider.script = beginAnswer('Once upon');
      await say('A story');
      await page.getByText('Once upon').waitFor();
      other.app.getHttpServer().closeAllConnections();
      await page.getByText('coming back').waitFor();
      provider.exchanges[0]!.response.end(deltaEvent(' a time') + ENDING_EVENTS);
      await page.getByText('First token after').waitFor({ timeout: 20_000 });

      expect(await page.locator('#messages li[data-role=assistant]').innerText()).toBe('Once upon a time');
      expect(provider.exchanges).toHaveLength(1);
    });

    it('has no live button for what the server has not', async () => {
      await page.getByText('chat: openai').waitFor();

      expect(await page.locator('#play-sample').isDisabled()).toBe(true);
      expect(await page.locator('#use-microphone').isDisabled()).toBe(true);
      expect(await page.locator('#speak').isDisabled()).toBe(true);
    });
  });

  it('says so when the server has gone', async () => {
    const other = await startApp({ PROFILE: 'demo', FEATURES: 'tts,chat' });
    await page.goto(other.url);
    await page.getByText('chat: scripted').waitFor();
    await other.close();
    await page.locator('#components li[data-status=down]').waitFor({ timeout: 15_000 });
    await page.fill('#chat-text', 'Hello');
    await page.click('#send');
    await page.locator('#chat-state', { hasText: 'cannot be reached' }).waitFor();

    expect(await page.locator('#components').innerText()).toBe('The server cannot be reached.');
    // The browser itself writes each call that found nobody.
    faults.splice(0);
  });

  it('loses no word when the gateway is killed and started again', async () => {
    const first = await startProduct({ FEATURES: 'transcription' });
    const port = new URL(first.url).port;
    const connections: WebSocket[] = [];
    page.on('websocket', (connection) => connections.push(connection));
    await page.goto(first.url);
    await playClip('conversation-30s.wav');
    await page.locator('#captions li:not(.interim)').nth(1).waitFor({ timeout: 20_000 });
    // The page learns by the next acknowledgement that it need not keep the audio of these captions. Without that they would come twice.
    await connections
      .at(-1)!
      .waitForEvent('framereceived', ({ payload }) => String(payload).includes('"durable"'));
    process.kill(first.pid, 'SIGKILL');
    await page.getByText('coming back').waitFor();
    const second = await startProduct({ FEATURES: 'transcription', PORT: port });
    try {
      await page.getByText('Done', { exact: true }).waitFor({ timeout: 50_000 });
      const captions = await page.locator('#captions li').allInnerTexts();

      expect(captions.map((caption) => caption.replace(/^[\d.]+ s\s*/, '')).join(' ')).toBe(
        transcriptOf('conversation-30s.wav'),
      );
    } finally {
      await page.goto('about:blank');
      await second.stop();
      faults.splice(0);
    }
  }, 120_000);

  it('ends a recording that it can keep no longer, and delivers all that it has kept', async () => {
    const outcome = await page.evaluate(`(async () => {
      const { LiveSession } = await import('/live-session.js');
      const sent = [];
      const warnings = [];
      const socket = {
        id: 'first', connected: false, timeout: () => socket, emit: (name, { seq, lastSeq }) => sent.push([name, seq ?? lastSeq]),
        emitWithAck: async () => ({ ok: true, sessionId: 's', resumeToken: 't', nextSeq: 1 }),
      };
      const session = new LiveSession(socket, (message) => warnings.push(message), () => session.end());
      await session.start({ v: 1 });
      for (let count = 0; count < 5_000; count += 1) session.send(new ArrayBuffer(1));
      Object.assign(socket, { id: 'second', connected: true });
      await session.comeBack();
      return { chunks: sent.filter(([name]) => name === 'audio').length, last: sent.at(-1), warnings: warnings.length };
    })()`);

    expect(outcome).toEqual({ chunks: 2_000, last: ['session:end', 2_000], warnings: 1 });
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
  }, 60_000);

  it('plays speech', async () => {
    await page.locator('#voice option').first().waitFor({ state: 'attached' });
    await page.click('#speech-form button');

    await expect(page.getByText('Playing after').waitFor({ timeout: 20_000 })).resolves.toBeUndefined();
  });
});
