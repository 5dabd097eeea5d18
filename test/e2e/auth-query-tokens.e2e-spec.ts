import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ask, type Answer } from '../support/ask.js';
import { launchChromium } from '../support/chromium.js';
import { mintToken, revokeToken } from '../support/mint-token.js';
import { describeWith } from '../support/programs.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';

const PAGE = 'https://page.example';
const SPEECH = '/tts?input=hello&format=wav';

describe('tokens in addresses', () => {
  let sut: RunningApp;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
    sut = await startApp({
      FEATURES: 'tts,chat,transcription',
      WHISPER_ENGINE: 'fake',
      TTS_PROVIDER: 'fake',
      TTS_DIR: folder.path,
      CHAT_PROVIDER: 'scripted',
      API_KEYS: `${keyEntry('acme')},${keyEntry('globex')}`,
    });
  });

  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  const mint = (input: object = {}, tenant = 'acme'): Promise<string> => mintToken(sut.url, tenant, input);

  it('open what a browser can send no header with, to no cache and no Referer', async () => {
    const token = await mint({ scopes: ['tts', 'chat'] });
    for (const path of [SPEECH, '/chat?text=hello']) {
      const { status, headers } = await ask(`${sut.url}${path}&token=${token}`);

      expect([path, status, headers['referrer-policy'], headers['cache-control']]).toEqual([
        path,
        200,
        'no-referrer',
        'private, no-store',
      ]);
    }
  });

  it('open them to a page of any site, which no key and no missing key does', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    const token = await mint();

    expect((await ask(`${sut.url}${SPEECH}&token=${token}`, foreign)).status).toBe(200);
    expect((await ask(`${sut.url}${SPEECH}`, foreign)).status).toBe(403);
    const withKey = { ...foreign, authorization: 'Bearer key-of-acme' };
    expect((await ask(`${sut.url}${SPEECH}`, withKey)).status).toBe(403);
  });

  it('are never keys', async () => {
    const { status, body } = await ask(`${sut.url}${SPEECH}&token=key-of-acme`);

    expect(status).toBe(401);
    expect(body).not.toContain('key-of-acme');
  });

  it.each([
    ['an address that takes none', async () => `/chat/runs/run_1?token=${await mint({ scopes: ['chat'] })}`],
    ['voices', async () => `/tts/voices?token=${await mint()}`],
    ['two of them', async () => `${SPEECH}&token=${await mint()}&token=${await mint()}`],
    ['an empty one', async () => `${SPEECH}&token=`],
    ['one that is too long', async () => `${SPEECH}&token=${await mint()}${'a'.repeat(9_000)}`],
  ])('are refused on %s', async (_what, path) => {
    const { status, body } = await ask(`${sut.url}${await path()}`);

    expect(status).toBe(401);
    expect(body).not.toContain('eyJ');
  });

  it('are refused beside a header, with a body, and when they were revoked', async () => {
    const token = await mint();
    const url = `${sut.url}${SPEECH}&token=${token}`;

    expect((await ask(url, { authorization: 'Bearer key-of-acme' })).status).toBe(400);
    const posted = await fetch(`${sut.url}/tts?token=${token}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ input: 'hello' }),
    });
    expect(posted.status).toBe(401);
    await revokeToken(sut.url, 'acme', token);
    expect((await ask(url)).status).toBe(401);
  });

  it('are found however their name is written, and never repeated', async () => {
    const token = await mint();
    expect((await ask(`${sut.url}/tts?%74oken=${token}&input=hello`)).status).toBe(200);

    const { status, body, headers } = await ask(`${sut.url}/nowhere?a=b&token=${token}`);
    expect(status).toBe(404);
    expect(body + JSON.stringify(headers)).not.toContain(token);
  });

  it('play the clips of their tenant', async () => {
    const made = await fetch(`${sut.url}/tts/clips`, {
      method: 'POST',
      headers: headersOf('acme'),
      body: JSON.stringify({ input: 'hello', format: 'wav' }),
    });
    const { id } = (await made.json()) as { id: string };
    const clip = `${sut.url}/tts/clips/${id}`;
    const statuses = await Promise.all(
      [
        await mint(),
        await mint({ bind: { clip: id } }),
        await mint({ bind: { clip: 'other' } }),
        await mint({}, 'globex'),
      ].map(async (token) => (await ask(`${clip}?token=${token}`)).status),
    );

    expect(statuses).toEqual([200, 200, 404, 404]);
    expect((await ask(clip)).status).toBe(403);
  });

  describe('bound to pages of an origin', () => {
    let url: string;

    beforeAll(async () => {
      url = `${sut.url}${SPEECH}&token=${await mint({ bind: { origin: PAGE } })}`;
    });

    it('are good from there, and answers can be read there', async () => {
      const { status, headers } = await ask(url, { origin: PAGE, 'sec-fetch-site': 'cross-site' });

      expect(status).toBe(200);
      expect(headers['access-control-allow-origin']).toBe(PAGE);
      expect((await ask(url, { referer: `${PAGE}/a`, 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    });

    it('answer a preflight from there, and none from elsewhere', async () => {
      const preflight = (origin: string): Promise<Answer> =>
        ask(url, { origin, 'access-control-request-method': 'GET' }, 'OPTIONS');

      expect((await preflight(PAGE)).headers['access-control-allow-origin']).toBe(PAGE);
      expect((await preflight('https://other.example')).status).toBe(403);
    });

    it.each<[Record<string, string>]>([
      [{}],
      [{ origin: 'https://other.example' }],
      [{ referer: 'https://other.example/' }],
    ])('are refused with %j', async (headers) => {
      const answer = await ask(url, headers);

      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    });
  });

  it('bound to a run read and cancel that one, and do nothing else', async () => {
    const begin = async (): Promise<string> => {
      const response = await fetch(`${sut.url}/chat`, {
        method: 'POST',
        headers: { ...headersOf('acme'), Accept: 'application/json', Prefer: 'respond-async' },
        body: JSON.stringify({ text: 'hello' }),
      });
      return ((await response.json()) as { runId: string }).runId;
    };
    const [own, other] = [await begin(), await begin()];
    const token = await mint({ scopes: ['chat', 'tts'], bind: { run: own } });
    const withHeader = async (path: string, method = 'GET'): Promise<number> =>
      (await ask(`${sut.url}${path}`, { authorization: `Bearer ${token}` }, method)).status;

    expect([
      await withHeader(`/chat/runs/${own}`),
      await withHeader(`/chat/runs/${own}/cancel`, 'POST'),
      (await ask(`${sut.url}/chat/runs/${own}/events?token=${token}`)).status,
      await withHeader(`/chat/runs/${other}`),
      await withHeader(`/chat/runs/${other}/cancel`, 'POST'),
      (await ask(`${sut.url}/chat/runs/${other}/events?token=${token}`)).status,
      await withHeader('/chat?text=hello'),
      await withHeader(SPEECH),
      await withHeader('/chat/templates'),
    ]).toEqual([200, 200, 200, 404, 404, 404, 403, 403, 403]);
  });

  describeWith('chromium')('in Chromium, on a page of another origin', () => {
    let browser: Browser;
    let site: Server;
    let origin: string;

    beforeAll(async () => {
      site = createServer((_request, response) =>
        response.setHeader('Content-Type', 'text/html').end('<title>another site</title>'),
      );
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      // By another name, so that it is another site and not only another port.
      origin = `http://localhost:${(site.address() as AddressInfo).port}`;
      browser = await launchChromium('/dev/null');
    });

    afterAll(async () => {
      await browser.close();
      site.close();
    });

    async function inPage<T>(script: string): Promise<T> {
      const page = await browser.newPage();
      try {
        await page.goto(origin);
        return await page.evaluate<T>(script);
      } finally {
        await page.close();
      }
    }

    const play = (query: string): Promise<string> =>
      inPage(`new Promise((resolve) => {
        const audio = new Audio('${sut.url}${SPEECH}${query}');
        audio.addEventListener('ended', () => resolve('ended'));
        audio.addEventListener('error', () => resolve('error'));
        audio.play().catch(() => undefined);
      })`);

    it('an audio element plays with a token, and not without', async () => {
      expect(await play(`&token=${await mint()}`)).toBe('ended');
      expect(await play('')).toBe('error');
    });

    it('a token of another page does not play', async () => {
      expect(await play(`&token=${await mint({ bind: { origin } })}`)).toBe('ended');
      expect(await play(`&token=${await mint({ bind: { origin: PAGE } })}`)).toBe('error');
    });

    it('EventSource and fetch read with a token of this page', async () => {
      const token = await mint({ scopes: ['chat'], bind: { origin } });
      const url = `${sut.url}/chat?text=hello&token=`;
      const read = (script: string): Promise<string> => inPage(script);
      const events = (each: string): string => `new Promise((resolve) => {
        const source = new EventSource('${url}${each}');
        source.addEventListener('done', () => { source.close(); resolve('done'); });
        source.onerror = () => { source.close(); resolve('error'); };
      })`;

      expect(await read(events(token))).toBe('done');
      expect(await read(events(await mint({ scopes: ['chat'] })))).toBe('error');
      expect(await read(`fetch('${url}${token}').then((answer) => String(answer.status))`)).toBe('200');
    });
  });
});
