import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { fromProject } from '../../src/config/project-paths.js';
import { launchChromium } from '../support/chromium.js';
import { describeWith } from '../support/programs.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const KEY = 'parley-test-key';

/** OpenAI's own SDK in a page of another origin: the browser asks in a preflight whether it may send the SDK's headers. */
describeWith('chromium')("OpenAI's SDK in a page of a listed origin", () => {
  let site: Server;
  let running: RunningApp;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    site = createServer((request, response) => {
      const path = new URL(request.url!, 'http://site').pathname;
      if (path === '/')
        return void response
          .setHeader('Content-Type', 'text/html')
          .end('<!doctype html><link rel="icon" href="data:,">');
      response.setHeader('Content-Type', 'text/javascript');
      response.end(readFileSync(join(fromProject('node_modules'), path)));
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    running = await startApp({
      FEATURES: 'tts,chat',
      TTS_PROVIDER: 'fake',
      CHAT_PROVIDER: 'scripted',
      API_KEYS: `acme:${createHash('sha256').update(KEY).digest('hex')}`,
      CORS_ORIGINS: origin,
    });
    browser = await launchChromium(fromProject('samples/hello-world.wav'));
    page = await browser.newPage();
    await page.goto(origin);
  });

  afterAll(async () => {
    await browser.close();
    await running.close();
    site.close();
  });

  /** Runs the body of an async function in the page, with a client at hand. */
  function inPage(body: string): Promise<unknown> {
    return page.evaluate(`(async () => {
      const { default: OpenAI } = await import('/openai/index.mjs');
      const client = new OpenAI({
        apiKey: '${KEY}', baseURL: '${running.url}/v1', dangerouslyAllowBrowser: true, maxRetries: 0,
      });
      ${body}
    })()`);
  }

  it('streams a chat', async () => {
    const text = await inPage(`
      const stream = await client.chat.completions.create({
        model: 'any', stream: true, messages: [{ role: 'user', content: 'Hello' }],
      });
      let text = '';
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
      return text;`);

    expect(String(text).length).toBeGreaterThan(10);
  });

  it('speaks', async () => {
    const bytes = await inPage(`
      const speech = await client.audio.speech.create({ model: 'tts-1', voice: 'nova', input: 'Hello' });
      return (await speech.arrayBuffer()).byteLength;`);

    expect(bytes).toBeGreaterThan(100);
  });

  it('is told what was wrong', async () => {
    const error = await inPage(`
      return client.audio.speech.create({ model: 'tts-1', voice: 'nova', input: '' })
        .then(() => 'spoken', (refusal) => ({ status: refusal.status, param: refusal.param }));`);

    expect(error).toEqual({ status: 400, param: 'input' });
  });
});
