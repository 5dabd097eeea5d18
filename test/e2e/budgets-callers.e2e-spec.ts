import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { hashOf } from '../../src/auth/keys/api-key.js';
import { writeKeyFile, type KeyRecord } from '../../src/auth/keys/key-file.js';
import { LEDGER, type Ledger } from '../../src/ledger/ledger.js';
import type { UsageBody } from '../../src/ledger/usage/usage.service.js';
import { TRANSCRIBER, type Transcriber } from '../../src/transcription/transcriber.js';
import {
  answer,
  beginAnswer,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { mintToken } from '../support/mint-token.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { headersOf } from '../support/tenant-keys.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { eventually, usageOf } from '../support/usage.js';

/** The key of `name`, as `headersOf` sends it. */
function record(name: string, more: Partial<KeyRecord> = {}): KeyRecord {
  return {
    name,
    tenant: name,
    sha256: hashOf(`key-of-${name}`).toString('hex'),
    scopes: ['tts', 'chat', 'transcription'],
    ...more,
  };
}

const KEYS: KeyRecord[] = [
  record('acme', { limits: { perDay: { characters: 100 }, concurrentRuns: 3 } }),
  record('globex'),
  record('ledgerless'),
  record('root', { scopes: ['admin', 'tts'] }),
];

interface Asked {
  status: number;
  code: string | undefined;
  message: string | undefined;
  retryAfter: string | null;
}

describe('budgets of several callers', () => {
  let folder: TemporaryFolder;
  let speech: FakeOpenAiSpeech;
  let chat: FakeOpenAiChat;
  let running: RunningApp;
  const sockets: { close(): unknown }[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeKeyFile(join(folder.path, 'keys.json'), KEYS);
    [speech, chat] = await Promise.all([FakeOpenAiSpeech.start(), startFakeOpenAiChat()]);
    running = await startApp({
      FEATURES: 'tts,chat,transcription',
      API_KEYS_FILE: join(folder.path, 'keys.json'),
      TTS_BASE_URL: speech.baseUrl,
      TTS_MODEL: 'unpriced',
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '1000000',
      CHAT_BASE_URL: chat.url,
      OPENAI_MAX_RETRIES: '0',
      WHISPER_WORKERS: 'ws://127.0.0.1:9/ws',
      BUDGET_CHARACTERS_PER_DAY: '10000',
      BUDGET_TOKENS_PER_DAY: '100000',
      LEDGER_TIMEOUT_MS: '500',
      LEDGER_KEEP_DAYS: '10',
      PRICES_FILE: 'prices/2026-11.json',
      SHUTDOWN_GRACE_MS: '1000',
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    for (const socket of sockets.splice(0)) socket.close();
    chat.script = answer('Hello');
  });

  afterAll(async () => {
    await running.close();
    await Promise.all([speech.close(), chat.close()]);
    await folder.remove();
  });

  async function post(path: string, body: object, headers: Record<string, string>): Promise<Asked> {
    const response = await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const { error } = response.ok ? { error: undefined } : (JSON.parse(text) as { error: Asked });
    return {
      status: response.status,
      code: error?.code,
      message: error?.message,
      retryAfter: response.headers.get('Retry-After'),
    };
  }

  const withToken = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

  function speak(input: string, headers: Record<string, string>, store = false): Promise<Asked> {
    return post('/tts', { input, voice: 'alloy', format: 'mp3', store }, headers);
  }

  describe('of tokens that one key has made', () => {
    const mint = (limits: object, scopes = ['tts']): Promise<string> =>
      mintToken(running.url, 'acme', { scopes, limits });

    it('are counted for each token by itself, and all together for the key', async () => {
      const limits = { perDay: { characters: 50 } };
      const [first, second, third] = await Promise.all([mint(limits), mint(limits), mint(limits)]);

      expect(await speak('x'.repeat(50), withToken(first))).toMatchObject({ status: 200 });
      expect(await speak('x', withToken(first))).toMatchObject({
        status: 429,
        code: 'budget_exceeded',
        message: expect.stringContaining('the budget of this token, 50 characters a day') as unknown,
      });
      expect(await speak('y'.repeat(40), withToken(second))).toMatchObject({ status: 200 });
      expect(await speak('z'.repeat(11), withToken(third))).toMatchObject({
        status: 429,
        message: expect.stringContaining('the budget of this key, 100 characters a day') as unknown,
      });
      expect(await speak('z'.repeat(10), withToken(third))).toMatchObject({ status: 200 });
    });

    it('leave other runs of the key a place when one token has all of its own', async () => {
      chat.script = beginAnswer();
      const token = await mint({ concurrentRuns: 1 }, ['chat']);
      const before = chat.exchanges.length;
      const leave = new AbortController();
      const asked = fetch(`${running.url}/chat?text=Hi&graceMs=0`, {
        headers: withToken(token),
        signal: leave.signal,
      }).catch(() => undefined);
      await chat.exchange(before);
      chat.script = answer('Hello');

      expect(await post('/chat', { text: 'Hi' }, withToken(token))).toMatchObject({
        status: 429,
        code: 'budget_exceeded',
        message: 'This token may have 1 runs at once.',
      });
      expect(await post('/chat', { text: 'Hi' }, headersOf('acme'))).toMatchObject({ status: 200 });
      leave.abort();
      await asked;
    });
  });

  it('cost nothing for a speech that is kept', async () => {
    await speak('said twice', headersOf('globex'), true);
    await eventually(async () => {
      const { groups } = await usageOf(running, 'globex');
      expect(groups.map(({ group }) => group)).toEqual(['speech', 'storage']);
    });
    const before = await usageOf(running, 'globex');
    speech.reset();

    expect(await speak('said twice', headersOf('globex'), true)).toMatchObject({ status: 200 });

    expect(speech.calls).toHaveLength(0);
    expect((await usageOf(running, 'globex')).groups).toEqual(before.groups);
  });

  describe('GET /usage', () => {
    async function ask(
      query: string,
      name: string,
    ): Promise<{ status: number; body: UsageBody & { error?: object } }> {
      const response = await fetch(`${running.url}/usage?${query}`, { headers: headersOf(name) });
      return { status: response.status, body: (await response.json()) as UsageBody };
    }

    beforeAll(async () => {
      await speak('of globex', headersOf('globex'));
      await speak('of root', headersOf('root'));
      await eventually(async () => {
        const { body } = await ask('tenant=*&groupBy=key', 'root');
        expect(body.groups.length).toBeGreaterThanOrEqual(2);
      });
    });

    it('tells a key with the scope admin of any tenant', async () => {
      const { status, body } = await ask('tenant=globex&groupBy=model', 'root');

      expect([status, body.tenant]).toEqual([200, 'globex']);
      expect(body.groups.map(({ group }) => group)).toContain('unpriced');
    });

    it('tells it of all tenants together, by key', async () => {
      const { body } = await ask('tenant=*&groupBy=key', 'root');
      const { body: own } = await ask('groupBy=key', 'root');

      expect(body.tenant).toBe('*');
      expect(body.groups.length).toBeGreaterThan(own.groups.length);
      expect(body.groups).toEqual(expect.arrayContaining(own.groups));
    });

    it('knows no cost of a model without a price', async () => {
      const { body } = await ask('groupBy=model', 'globex');

      expect(body).toMatchObject({ currency: 'USD', pricesOf: '2026-11-26' });
      expect(body.groups.find(({ group }) => group === 'unpriced')).toMatchObject({ cost: null });
    });

    it.each(['root', 'acme', '*', 'nobody'])('never tells a tenant of %s', async (tenant) => {
      expect(await ask(`tenant=${encodeURIComponent(tenant)}`, 'globex')).toMatchObject({
        status: 403,
        body: { error: { code: 'forbidden', param: 'tenant' } },
      });
    });

    it('tells a tenant of its own, also by name', async () => {
      expect(await ask('tenant=globex', 'globex')).toMatchObject({ status: 200, body: { tenant: 'globex' } });
    });

    it('is for no token', async () => {
      const token = await mintToken(running.url, 'root', { scopes: ['admin'] });
      const response = await fetch(`${running.url}/usage`, { headers: withToken(token) });

      expect(response.status).toBe(403);
    });

    it.each([
      ['from', 'from=2026-01-01&to=2026-01-12'],
      ['from', 'from=0001-01-01'],
      ['from', 'from=9999-12-31'],
      ['from', 'from=2026-01-02T00:00:00%2B01:00&to=2026-01-01T23:00:00Z'],
      ['from', 'from=2026-02-30'],
      ['to', 'to=1767225600000'],
      ['groupBy', 'groupBy=tenant'],
      ['groupBy', 'groupBy='],
      ['tenant', 'tenant='],
      ['tenants', 'tenants=*'],
    ])('refuses a bad %s: ?%s', async (param, query) => {
      expect(await ask(query, 'root')).toMatchObject({
        status: 400,
        body: { error: { code: 'bad_request', param: expect.stringContaining(param) as unknown } },
      });
    });

    it('takes days as long as they are kept', async () => {
      expect(await ask('from=2026-01-01&to=2026-01-11', 'root')).toMatchObject({
        status: 200,
        body: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-11T00:00:00.000Z', groups: [] },
      });
    });
  });

  describe.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('secret of the ledger'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('with a ledger that %s', (_how, fail) => {
    function breakLedger(): void {
      const ledger = running.app.get<Ledger>(LEDGER);
      for (const call of ['reserve', 'states', 'usage'] as const)
        jest.spyOn(ledger, call).mockImplementation(fail);
    }

    it.each<[string, object]>([
      ['/tts', { input: 'Hi', voice: 'alloy' }],
      ['/tts/clips', { input: 'Hi', voice: 'alloy' }],
      ['/v1/audio/speech', { input: 'Hi', voice: 'alloy', model: 'tts-1' }],
      ['/chat', { text: 'Hi' }],
      ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }],
      ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], stream: true }],
    ])('POST %s is 503 before a provider is called', async (path, body) => {
      breakLedger();
      const before = [speech.calls.length, chat.exchanges.length];

      const asked = await post(path, body, headersOf('ledgerless'));

      expect(asked).toMatchObject({ status: 503, retryAfter: '1' });
      expect(asked.code ?? '').toBe('overloaded');
      expect(asked.message).not.toContain('secret');
      expect([speech.calls.length, chat.exchanges.length]).toEqual(before);
    });

    it('GET /usage is 503', async () => {
      breakLedger();
      const response = await fetch(`${running.url}/usage`, { headers: headersOf('ledgerless') });

      expect([response.status, await response.json()]).toMatchObject([
        503,
        { error: { code: 'overloaded' } },
      ]);
    });

    it('a live session is refused before a transcriber is asked for', async () => {
      breakLedger();
      const open = jest.spyOn(running.app.get<Transcriber>(TRANSCRIBER), 'open');
      const client = new CaptionClient(running.url, { auth: { token: 'key-of-ledgerless' } });
      sockets.push(client);

      expect(await client.start()).toMatchObject({ ok: false, code: 'overloaded', retryAfterMs: 1_000 });
      expect(open).not.toHaveBeenCalled();
    });

    it('an explanation is refused before the model is asked', async () => {
      breakLedger();
      const before = chat.exchanges.length;
      const socket: Socket = io(running.url, {
        transports: ['websocket'],
        reconnection: false,
        auth: { token: 'key-of-ledgerless' },
      });
      sockets.push(socket);
      const failed = new Promise((resolve) => socket.once('NLPError', resolve));
      socket.emit('nlProcessing', { unProcessedText: [['tree', 'comment', '']] });

      expect(await failed).toMatchObject({ code: 'overloaded', retryable: true });
      expect(chat.exchanges).toHaveLength(before);
    });
  });
});
