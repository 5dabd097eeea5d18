import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { answersWith, FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { mp3With } from '../support/audio-bodies.js';
import {
  answer,
  deltaEvent,
  ROLE_EVENT,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  USAGE,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { startSpeech } from '../support/start-speech.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { eventually, FreshTenants, usageOf } from '../support/usage.js';

interface Asked {
  status: number;
  text: string;
  headers: Headers;
}

function post({ url }: RunningApp, path: string, tenant: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: headersOf(tenant),
    body: JSON.stringify(body),
  });
}

/** Of a day: tests may run while one minute ends and the next begins. */
const DAY = 'tenant-characters-day';
const tenants = new FreshTenants();
const newTenant = (): string => tenants.next();
const API_KEYS = tenants.names.map(keyEntry).join(',');

describe('a budget of speech', () => {
  let upstream: FakeOpenAiSpeech;
  let running: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    running = await startSpeech(upstream, {
      API_KEYS,
      TTS_MODEL: 'tts-1',
      BUDGET_CHARACTERS_PER_DAY: '100',
      BUDGET_STORAGE_BYTES_PER_DAY: '1000000',
      PRICES_FILE: 'prices/2026-11.json',
      TTS_MAX_CONCURRENT: '400',
      TENANT_SHARE_PERCENT: '100',
      CORS_ORIGINS: 'https://app.example',
    });
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await running.close();
    await upstream.close();
  });

  function speak(tenant: string, input: string, path = '/tts'): Promise<Response> {
    return post(running, path, tenant, { input, voice: 'alloy', format: 'mp3', store: false });
  }

  it('lets exactly 100 of 200 calls at once pass, and asks the provider no more often', async () => {
    const tenant = newTenant();

    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await speak(tenant, 'a');
        await response.arrayBuffer();
        return response.status;
      }),
    );

    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(100);
    expect(upstream.calls).toHaveLength(100);
  });

  it('refuses before anything is spent, and says when it may be tried again', async () => {
    const tenant = newTenant();
    await (await speak(tenant, 'x'.repeat(90))).arrayBuffer();
    upstream.reset();

    const response = await speak(tenant, 'x'.repeat(11));

    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      error: { code: 'budget_exceeded', type: 'rate_limit_error' },
    });
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(response.headers.get('RateLimit-Policy')).toBe(`"${DAY}";q=100;w=86400`);
    expect(response.headers.get('RateLimit')).toMatch(new RegExp(`^"${DAY}";r=10;t=\\d+$`));
    expect(upstream.calls).toHaveLength(0);
  });

  it('offers no other time for what fits into no budget', async () => {
    const response = await speak(newTenant(), 'x'.repeat(101));

    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, null]);
  });

  it('answers clients of OpenAI in their shape', async () => {
    const response = await post(running, '/v1/audio/speech', newTenant(), {
      input: 'x'.repeat(101),
      voice: 'alloy',
      model: 'tts-1',
    });

    expect(response.status).toBe(429);
    expect(response.headers.get('X-Should-Retry')).toBe('false');
    expect(await response.json()).toEqual({
      error: {
        code: 'budget_exceeded',
        type: 'rate_limit_error',
        param: null,
        message: expect.stringContaining('100 characters a day'),
      },
    });
  });

  it('lets listed pages read how the budget stands', async () => {
    const response = await fetch(`${running.url}/tts`, {
      method: 'POST',
      headers: { ...headersOf(newTenant()), Origin: 'https://app.example' },
      body: JSON.stringify({ input: 'Hi', voice: 'alloy', format: 'mp3', store: false }),
    });
    await response.arrayBuffer();

    expect(response.headers.get('RateLimit')).toContain(';r=100;');
    expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/Retry-After/);
    expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/RateLimit,RateLimit-Policy/);
  });

  it('gives back what a provider that failed has not spent', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) => void response.writeHead(500).end();
    expect((await speak(tenant, 'x'.repeat(100))).status).toBe(502);
    upstream.script = answersWith([mp3With('audio')]);

    const response = await speak(tenant, 'x'.repeat(100));
    await response.arrayBuffer();

    expect(response.status).toBe(200);
    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ calls: 1 }]),
    );
  });

  it('counts what was sent for a listener who has left', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) =>
      response.writeHead(200, { 'Content-Type': 'audio/mpeg' }).flushHeaders();
    const leave = new AbortController();
    const asked = fetch(`${running.url}/tts`, {
      method: 'POST',
      headers: headersOf(tenant),
      body: JSON.stringify({ input: 'x'.repeat(40), voice: 'alloy', format: 'mp3', store: false }),
      signal: leave.signal,
    }).catch(() => undefined);
    await upstream.nextCall();
    leave.abort();
    await asked;

    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ group: 'speech', characters: 40 }]),
    );
    upstream.script = answersWith([mp3With('audio')]);
  });

  it('tells what was spent, by model, at the prices of the file, and the bytes of a clip', async () => {
    const tenant = newTenant();
    const clip = await post(running, '/tts/clips', tenant, {
      input: 'x'.repeat(50),
      voice: 'alloy',
      format: 'mp3',
    });
    expect(clip.status).toBe(201);

    await eventually(async () => {
      const { groups, currency } = await usageOf(running, tenant, 'groupBy=model');
      expect(currency).toBe('USD');
      expect(groups).toMatchObject([
        { group: 'clips', cost: 0 },
        { group: 'tts-1', characters: 50, cost: (50 * 15) / 1_000_000 },
      ]);
      expect(groups[0]!.storageBytes).toBeGreaterThan(0);
    });
  });

  it.each([
    ['from', 'from=yesterday'],
    ['to', 'to=2026-13-01'],
    ['from', 'from=2026-11-27&to=2026-11-26'],
    ['groupBy', 'groupBy=colour'],
  ])('names the field %s of a bad question about usage', async (param, query) => {
    const response = await fetch(`${running.url}/usage?${query}`, { headers: headersOf('tenant1') });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param } });
  });

  it.each(['tenant2', '*'])('shows no tenant the usage of %s', async (tenant) => {
    const response = await fetch(`${running.url}/usage?tenant=${tenant}`, { headers: headersOf('tenant1') });

    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'forbidden', param: 'tenant' } });
  });
});

describe('a budget of tokens', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;

  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    running = await startChat(upstream, {
      API_KEYS,
      BUDGET_TOKENS_PER_DAY: '1000',
      LEDGER_MAX_OUTPUT_TOKENS: '300',
      BUDGET_CONCURRENT_RUNS: '2',
      TENANT_SHARE_PERCENT: '100',
    });
  });
  afterEach(() => void (upstream.script = answer('Hello')));
  afterAll(async () => {
    await running.close();
    await upstream.close();
  });

  /** Read to its end, so that the provider was asked. */
  async function ask(tenant: string, fields: object = {}, signal?: AbortSignal): Promise<Asked> {
    const response = await fetch(`${running.url}/chat`, {
      method: 'POST',
      headers: headersOf(tenant),
      body: JSON.stringify({ text: 'x'.repeat(40), ...fields }),
      ...(signal && { signal }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  it('sends the bound that it has reserved, and settles with what the provider tells', async () => {
    const tenant = newTenant();
    const before = upstream.exchanges.length;

    expect((await ask(tenant)).status).toBe(200);

    expect(upstream.exchanges[before]!.body.max_tokens).toBe(300);
    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([
        { group: 'chat', inputTokens: USAGE.prompt_tokens, outputTokens: USAGE.completion_tokens },
      ]),
    );
  });

  it('refuses what the caller wants to be longer than the budget has left', async () => {
    const response = await ask(newTenant(), { maxTokens: 995 });

    expect(response.status).toBe(429);
    expect(response.text).toContain('"code":"budget_exceeded"');
  });

  it('counts a completion of the OpenAI API, with the bound that it has reserved', async () => {
    const tenant = newTenant();
    const before = upstream.exchanges.length;
    const messages = [{ role: 'user', content: 'Hi' }];

    const response = await post(running, '/v1/chat/completions', tenant, { messages, stream: true });
    await response.text();

    expect(upstream.exchanges[before]!.body.max_tokens).toBe(300);
    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([
        { inputTokens: USAGE.prompt_tokens, outputTokens: USAGE.completion_tokens },
      ]),
    );
    const refused = await post(running, '/v1/chat/completions', tenant, { messages, max_tokens: 1_000 });
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { error: { code: 'budget_exceeded' } },
    ]);
  });

  it('counts what a cut answer has cost, as estimated', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(ROLE_EVENT + deltaEvent('y'.repeat(40)), () => response.destroy());
    };

    await ask(tenant);

    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ inputTokens: 10, outputTokens: 10 }]),
    );
  });

  it('counts a cancelled run, and gives back what it had reserved', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(ROLE_EVENT + deltaEvent('y'.repeat(40)));
    };
    const before = upstream.exchanges.length;
    const leave = new AbortController();
    const asked = ask(tenant, { maxTokens: 900, graceMs: 0 }, leave.signal).catch(() => undefined);
    await upstream.exchange(before);
    leave.abort();
    await asked;
    await upstream.exchanges[before]!.closed;

    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ calls: 1 }]),
    );
    upstream.script = answer('Hello');
    expect((await ask(tenant, { maxTokens: 900 })).status).toBe(200);
  });

  it('spends nothing on what the provider refuses', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) =>
      response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":{"message":"no"}}');

    expect(await ask(tenant, { maxTokens: 900 })).toMatchObject({ status: 502 });

    upstream.script = answer('Hello');
    expect((await ask(tenant, { maxTokens: 900 })).status).toBe(200);
    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ calls: 1 }]),
    );
  });

  it('gives a key as many runs at once as it may have', async () => {
    const tenant = newTenant();
    upstream.script = ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(ROLE_EVENT);
    };
    const before = upstream.exchanges.length;
    const leave = new AbortController();
    const open = [0, 1].map(() =>
      ask(tenant, { maxTokens: 10, graceMs: 0 }, leave.signal).catch(() => undefined),
    );
    await upstream.exchange(before + 1);

    const refused = await ask(tenant, { maxTokens: 10 });

    expect(refused.status).toBe(429);
    expect(refused.text).toContain('"code":"budget_exceeded"');
    expect(refused.headers.get('Retry-After')).toBe('1');
    leave.abort();
    await Promise.all(open);
    upstream.script = answer('Hello');
    await eventually(async () => expect((await ask(tenant, { maxTokens: 10 })).status).toBe(200));
  });

  it('allows what is over a soft budget, and says so in headers and metrics', async () => {
    const soft = await startChat(upstream, {
      BUDGET_TOKENS_PER_DAY: '20',
      BUDGET_MODE: 'soft',
      LEDGER_MAX_OUTPUT_TOKENS: '20',
    });
    try {
      const say = (): Promise<Response> => fetch(`${soft.url}/chat?text=${'x'.repeat(80)}&maxTokens=20`);
      expect((await say()).status).toBe(200);
      await eventually(async () => {
        const response = await say();
        expect(response.status).toBe(200);
        expect(response.headers.get('X-Budget-Exceeded')).toBe('tenant-tokens-day');
      });
      const metrics = await (await fetch(`${soft.url}/metrics`)).text();
      expect(metrics).toMatch(/parley_ledger_soft_exceeded_total\{budget="tenant-tokens-day"\} [1-9]/);
      expect(metrics).toMatch(/parley_ledger_spent_total\{modality="chat",unit="inputTokens"\} [1-9]/);
    } finally {
      await soft.close();
    }
  });
});
