import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, type Answer } from '../support/ask.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const KEY = 'parley-test-key';
const API_KEYS = `acme:${createHash('sha256').update(KEY).digest('hex')}`;
const SPEECH = 'tts?input=hello';

/** The status of a WebSocket handshake, which no client library tells. */
function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/socket.io/?EIO=4&transport=websocket`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    outgoing.on('response', (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    outgoing.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
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
      await expect(socket(running.url, { auth: { token: KEY } }).connected()).resolves.toBeUndefined();
    });

    it.each([[{}], [{ token: 'wrong' }], [{ token: 7 }], [{ token: 'x'.repeat(10_000) }]])(
      'refuses a socket with %p',
      async (auth) => {
        await expect(socket(running.url, { auth }).connected()).rejects.toMatchObject({
          data: { code: 'unauthorized', retryable: false },
        });
      },
    );

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
      expect(headers['access-control-allow-credentials']).toBe('true');
      expect(String(headers['access-control-allow-headers']).toLowerCase()).toContain('x-csrftoken');
    });

    it.each(['/chat', '/v1/audio/speech', '/v1/chat/completions', '/tts'])(
      "allows the headers of OpenAI's SDK in a preflight of %s",
      async (path) => {
        const sent =
          'authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout,openai-organization,openai-project,idempotency-key';
        const { status, headers } = await ask(
          running.url + path,
          {
            origin: 'https://app.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': sent,
          },
          'OPTIONS',
        );

        expect(status).toBe(204);
        expect(headers['access-control-allow-headers']).toBe(sent);
      },
    );

    it('allows no more header names than a page can mean, and none that is no name', async () => {
      const { headers } = await ask(
        `${running.url}/tts`,
        {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': `x y, a:b, ${'n,'.repeat(2_000)}`,
        },
        'OPTIONS',
      );

      expect(String(headers['access-control-allow-headers'])).toMatch(/^(n,?){1,64}$/);
    });

    it('says in a preflight of another origin which variable lists origins', async () => {
      const answer = await ask(
        `${running.url}/tts`,
        { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        'OPTIONS',
      );

      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(errorOf(answer)).toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('CORS_ORIGINS'),
      });
    });

    it('lets a listed page read why it was refused', async () => {
      const answer = await ask(`${running.url}/tts`, { origin: 'https://app.example' }, 'POST');

      expect(answer.status).toBe(401);
      expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
    });

    it('reads no body of a stranger', async () => {
      const answer = await ask(
        `${running.url}/tts`,
        { 'content-type': 'application/json', 'content-length': '12' },
        'POST',
        '{"this is no',
      );

      expect(answer.status).toBe(401);
    });

    it('serves callers behind a proxy', async () => {
      const forwarded = { 'x-forwarded-for': '203.0.113.9', via: '1.1 proxy', host: 'voice.example' };
      const { status } = await ask(`${running.url}/${SPEECH}`, {
        ...forwarded,
        authorization: `Bearer ${KEY}`,
      });

      expect(status).toBe(200);
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
      const client = socket(running.url, {
        auth: { token: KEY },
        extraHeaders: { origin: 'https://app.example' },
      });

      await expect(client.connected()).resolves.toBeUndefined();
    });
  });

  describe('without API keys', () => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp({ FEATURES: 'tts,transcription', TTS_PROVIDER: 'fake' });
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

    const FORWARDED: [string, Record<string, string>][] = [
      ['X-Forwarded-For', { 'x-forwarded-for': '203.0.113.9' }],
      ['X-Forwarded-Host', { 'x-forwarded-host': 'voice.example' }],
      ['X-Real-IP', { 'x-real-ip': '127.0.0.1' }],
      ['Forwarded', { forwarded: 'for=203.0.113.9;host=voice.example' }],
      ['Via', { via: '1.1 proxy' }],
      ['CF-Connecting-IP', { 'cf-connecting-ip': '203.0.113.9' }],
    ];
    const ADDRESSES = [
      SPEECH,
      'metrics',
      'health/ready',
      'nothing/here',
      '',
      'console.js',
      'samples/hello-world.wav',
      'socket.io/socket.io.js',
      'socket.io/?EIO=4&transport=polling',
      'socket.io/?EIO=3&transport=polling',
    ];

    describe.each(FORWARDED)('for a request with %s', (_name, headers) => {
      it.each(ADDRESSES)('answers 403 at /%s', async (address) => {
        const url = `${running.url}/${address}`;
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const answer = await ask(url, headers, method);

          expect(answer.status).toBe(403);
          expect(errorOf(answer)).toMatchObject({
            code: 'forbidden',
            message: expect.stringContaining('API_KEYS'),
          });
        }
        expect((await ask(url, headers, 'HEAD')).status).toBe(403);
      });

      it('answers 403 to a WebSocket', async () => {
        expect(await upgrade(running.url, headers)).toBe(403);
      });

      it('is alive for the one who probes it', async () => {
        expect((await ask(`${running.url}/health/live`, headers)).status).toBe(200);
      });
    });

    it.each<[string, Record<string, string>, number]>([
      ['nothing special', {}, 101],
      ['our own page', { origin: 'SELF' }, 101],
      ['a foreign page', { origin: 'https://evil.example' }, 403],
      ['a rebound host name', { host: 'evil.example' }, 403],
      ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ])('answers a WebSocket of %s', async (_who, headers, status) => {
      const asked = headers.origin === 'SELF' ? { origin: running.url } : headers;

      expect(await upgrade(running.url, asked)).toBe(status);
    });

    it.each(['', 'console.js', 'samples/hello-world.wav', 'socket.io/socket.io.js'])(
      'serves the file /%s under names of this machine only',
      async (file) => {
        expect((await ask(`${running.url}/${file}`)).status).toBe(200);
        expect((await ask(`${running.url}/${file}`, { host: 'evil.example' })).status).toBe(403);
      },
    );
  });
});
