import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const KEY = 'parley-test-key';
const API_KEYS = `acme:${createHash('sha256').update(KEY).digest('hex')}`;
const SPEECH = 'tts?input=hello';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** By node:http, because fetch lets nobody set Host, Origin or Sec-Fetch-Site. */
function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function errorOf({ body }: Answer): Record<string, unknown> {
  return (JSON.parse(body) as { error: Record<string, unknown> }).error;
}

describe('who may call', () => {
  const clients: CaptionClient[] = [];

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  function socket(url: string, options: ConstructorParameters<typeof CaptionClient>[1]): CaptionClient {
    const client = new CaptionClient(url, options);
    clients.push(client);
    return client;
  }

  describe('with API keys', () => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp({
        FEATURES: 'tts,transcription',
        TTS_PROVIDER: 'fake',
        API_KEYS,
        CORS_ORIGINS: 'https://app.example',
      });
    });

    afterAll(() => running.close());

    it('serves the holder of a key', async () => {
      const { status } = await ask(`${running.url}/${SPEECH}`, { authorization: `Bearer ${KEY}` });

      expect(status).toBe(200);
    });

    it.each<[string, Record<string, string>]>([
      ['without a key', {}],
      ['with a wrong key', { authorization: 'Bearer wrong' }],
      ['with a key in another scheme', { authorization: `Basic ${KEY}` }],
    ])('answers 401 %s', async (_how, headers) => {
      const answer = await ask(`${running.url}/${SPEECH}`, headers);

      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(errorOf(answer)).toMatchObject({ code: 'unauthorized', type: 'authentication_error' });
    });

    it('asks no key of probes', async () => {
      expect((await ask(`${running.url}/health/live`)).status).toBe(200);
    });

    it('admits a socket with the key in its handshake', async () => {
      await socket(running.url, { auth: { token: KEY } }).connected();
    });

    it.each([[{}], [{ token: 'wrong' }], [{ token: 7 }]])('refuses a socket with %p', async (auth) => {
      await expect(socket(running.url, { auth }).connected()).rejects.toMatchObject({
        data: { code: 'unauthorized', retryable: false },
      });
    });

    it('lets pages of a listed origin read answers, with the headers they send', async () => {
      const { status, headers } = await ask(
        `${running.url}/tts`,
        {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-csrftoken',
        },
        'OPTIONS',
      );

      expect(status).toBe(204);
      expect(headers['access-control-allow-origin']).toBe('https://app.example');
      expect(String(headers['access-control-allow-headers']).toLowerCase()).toContain('x-csrftoken');
    });

    it('gives no CORS headers to another origin, and refuses it although it has the key', async () => {
      const answer = await ask(`${running.url}/${SPEECH}`, {
        origin: 'https://evil.example',
        authorization: `Bearer ${KEY}`,
      });

      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(errorOf(answer)).toMatchObject({ code: 'forbidden' });
    });

    it.each(['websocket', 'polling'])('refuses a %s connection of a foreign page', async (transport) => {
      const client = socket(running.url, {
        auth: { token: KEY },
        transports: [transport],
        extraHeaders: { origin: 'https://evil.example' },
      });

      await expect(client.connected()).rejects.toThrow(/error/);
    });

    it('admits a socket of a listed page', async () => {
      await socket(running.url, {
        auth: { token: KEY },
        extraHeaders: { origin: 'https://app.example' },
      }).connected();
    });
  });

  describe('without API keys', () => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'fake' });
    });

    afterAll(() => running.close());

    it('serves programs on this machine', async () => {
      expect((await ask(`${running.url}/${SPEECH}`)).status).toBe(200);
    });

    it.each<[string, Record<string, string>]>([
      ['an image of a foreign page', { 'sec-fetch-site': 'cross-site' }],
      ['a foreign page', { origin: 'https://evil.example' }],
      ['a rebound host name', { host: 'evil.example' }],
    ])('refuses %s before anything is spent', async (_who, headers) => {
      const answer = await ask(`${running.url}/${SPEECH}`, headers);

      expect(answer.status).toBe(403);
      expect(errorOf(answer)).toMatchObject({ code: 'forbidden', type: 'permission_error' });
    });
  });
});
