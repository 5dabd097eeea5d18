import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import type { UsageGroup } from '../../src/ledger/usage/usage.service.js';
import {
  answer,
  beginAnswer,
  completionEvent,
  deltaEvent,
  ENDING_EVENTS,
  ROLE_EVENT,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type Exchange,
  type FakeOpenAiChat,
  type UpstreamScript,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { eventually, FreshTenants, leftOf, usageOf } from '../support/usage.js';

const BUDGET = 1_000;
/** Of each call when there are 200 at once: a hundred of them use the budget up. */
const COST = 10;
const MESSAGES = [{ role: 'user', content: 'abcd' }];
/** As the input of `/v1` is estimated: its JSON, a token for four characters. */
const V1_INPUT = Math.ceil(JSON.stringify(MESSAGES).length / 4);
const WORDS = 'y'.repeat(40);
/** `WORDS`, as estimated. */
const WORDS_TOKENS = 10;

const tenants = new FreshTenants();

/** Takes exactly what was reserved, as `inputTokens` and the bound of the request. */
function spendsAll(inputTokens: number): UpstreamScript {
  return ({ body, response }: Exchange) => {
    const usage = { prompt_tokens: inputTokens, completion_tokens: body.max_tokens, total_tokens: COST };
    if (body.stream === true) {
      const end = completionEvent({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage });
      return response
        .writeHead(200, STREAM_HEADERS)
        .end(`${ROLE_EVENT}${deltaEvent('Hi')}${end}data: [DONE]\n\n`);
    }
    const message = { role: 'assistant', content: 'Hi' };
    return response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
  };
}

describe('budgets of the chat', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    running = await startChat(upstream, {
      API_KEYS: tenants.names.map(keyEntry).join(','),
      BUDGET_TOKENS_PER_DAY: String(BUDGET),
      CHAT_MAX_CONCURRENT: '400',
      TENANT_SHARE_PERCENT: '100',
    });
  });

  afterEach(() => {
    upstream.script = answer('Hello');
    for (const socket of sockets.splice(0)) socket.disconnect();
  });

  afterAll(async () => {
    await running.close();
    await upstream.close();
  });

  interface Question {
    accept?: string;
    signal?: AbortSignal;
  }

  function post(
    path: string,
    tenant: string,
    body: object,
    { accept, signal }: Question = {},
  ): Promise<Response> {
    return fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { ...headersOf(tenant), ...(accept !== undefined && { Accept: accept }) },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  async function expectSpent(tenant: string, spent: Partial<UsageGroup>): Promise<void> {
    const { inputTokens = 0, outputTokens = 0 } = spent;
    await eventually(async () => {
      expect((await usageOf(running, tenant)).groups).toMatchObject([{ group: 'chat', calls: 1, ...spent }]);
      expect(await leftOf(running, tenant, 'tokens')).toBe(BUDGET - inputTokens - outputTokens);
    });
  }

  it.each<[string, string, object, number, string]>([
    ['runs that are streamed', '/chat', { text: 'abcd', maxTokens: COST - 1 }, 1, 'text/event-stream'],
    ['runs that are awaited', '/chat', { text: 'abcd', maxTokens: COST - 1 }, 1, 'application/json'],
    [
      'streamed completions',
      '/v1/chat/completions',
      { messages: MESSAGES, stream: true, max_tokens: COST - V1_INPUT },
      V1_INPUT,
      '*/*',
    ],
    [
      'whole completions',
      '/v1/chat/completions',
      { messages: MESSAGES, max_tokens: COST - V1_INPUT },
      V1_INPUT,
      '*/*',
    ],
  ])('lets exactly 100 of 200 %s at once pass', async (_what, path, body, inputTokens, accept) => {
    upstream.script = spendsAll(inputTokens);
    const tenant = tenants.next();
    const before = upstream.exchanges.length;

    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const response = await post(path, tenant, body, { accept });
        await response.text();
        return response.status;
      }),
    );

    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(100);
    expect(upstream.exchanges).toHaveLength(before + 100);
    await eventually(async () => expect(await leftOf(running, tenant, 'tokens')).toBe(0));
  });

  describe('counts what was sent and what came, and gives back the rest, of', () => {
    const ANSWERS: [string, UpstreamScript][] = [
      [
        'an answer whose provider tells nothing',
        ({ response }) =>
          response
            .writeHead(200, STREAM_HEADERS)
            .end(`${ROLE_EVENT}${deltaEvent(WORDS)}${ENDING_EVENTS.split('\n\n')[0]}\n\ndata: [DONE]\n\n`),
      ],
      [
        'an answer that is cut',
        ({ response }) => {
          response.writeHead(200, STREAM_HEADERS);
          response.write(ROLE_EVENT + deltaEvent(WORDS), () => response.destroy());
        },
      ],
      [
        'an answer that fails in its middle',
        ({ response }) =>
          response
            .writeHead(200, STREAM_HEADERS)
            .end(`${ROLE_EVENT}${deltaEvent(WORDS)}data: {"error":{"message":"broke"}}\n\n`),
      ],
    ];

    it.each(ANSWERS)('%s to a run', async (_what, script) => {
      upstream.script = script;
      const tenant = tenants.next();
      await (await post('/chat', tenant, { text: 'x'.repeat(40) })).text();

      await expectSpent(tenant, { inputTokens: 10, outputTokens: WORDS_TOKENS });
    });

    it.each(ANSWERS)('%s to /v1', async (_what, script) => {
      upstream.script = script;
      const tenant = tenants.next();
      const response = await post('/v1/chat/completions', tenant, { messages: MESSAGES, stream: true });
      await response.text().catch(() => undefined);

      await expectSpent(tenant, { inputTokens: V1_INPUT, outputTokens: WORDS_TOKENS });
    });

    it.each([
      ['a run', '/chat', { text: 'x'.repeat(16), graceMs: 0 }, 4],
      ['a completion of /v1', '/v1/chat/completions', { messages: MESSAGES, stream: true }, V1_INPUT],
    ])('%s whose reader leaves', async (_what, path, body, inputTokens) => {
      upstream.script = beginAnswer(WORDS);
      const tenant = tenants.next();
      const leave = new AbortController();
      const response = await post(path, tenant, body, { signal: leave.signal });
      const reader = response.body!.getReader();
      let text = '';
      for (let isOver = false; !isOver && !text.includes(WORDS);) {
        const { done, value } = await reader.read();
        isOver = done;
        text += Buffer.from(value ?? []).toString();
      }
      leave.abort();

      await expectSpent(tenant, { inputTokens, outputTokens: WORDS_TOKENS });
    });

    it('a run that goes on without its reader', async () => {
      upstream.script = beginAnswer();
      const tenant = tenants.next();
      const before = upstream.exchanges.length;
      const leave = new AbortController();
      const asked = post(
        '/chat',
        tenant,
        { text: 'x'.repeat(16), onDisconnect: 'continue' },
        { signal: leave.signal },
      ).catch(() => undefined);
      const { response } = await upstream.exchange(before);
      await asked;
      leave.abort();
      response.end(deltaEvent(WORDS) + ENDING_EVENTS);

      // As the provider tells it.
      await expectSpent(tenant, { inputTokens: 7, outputTokens: 5 });
    });

    it('a call that is refused: nothing', async () => {
      upstream.script = ({ response }) => void response.writeHead(500).end();
      const tenant = tenants.next();
      expect((await post('/v1/chat/completions', tenant, { messages: MESSAGES })).status).toBe(502);

      await eventually(async () => expect(await leftOf(running, tenant, 'tokens')).toBe(BUDGET));
      expect((await usageOf(running, tenant)).groups).toEqual([]);
    });
  });

  describe('of annotation', () => {
    const job = { unProcessedText: [['tree', 'comment', '']], sumText: '' };

    async function connect(tenant: string): Promise<Socket> {
      const socket = io(running.url, {
        transports: ['websocket'],
        reconnection: false,
        auth: { token: `key-of-${tenant}` },
      });
      sockets.push(socket);
      await next(socket, 'connect');
      return socket;
    }

    function next(socket: Socket, event: string): Promise<unknown> {
      return new Promise((resolve) => socket.once(event, resolve));
    }

    it('count what an explanation has cost', async () => {
      const tenant = tenants.next();
      const socket = await connect(tenant);
      const result = next(socket, 'NLPResult');
      socket.emit('nlProcessing', job);
      await result;

      await expectSpent(tenant, { inputTokens: 7, outputTokens: 5 });
    });

    it('count the words of one that is cut because it is long enough', async () => {
      upstream.script = beginAnswer('z'.repeat(200));
      const tenant = tenants.next();
      const socket = await connect(tenant);
      const result = next(socket, 'NLPResult');
      socket.emit('nlProcessing', job);
      await result;

      await eventually(async () => {
        const [group] = (await usageOf(running, tenant)).groups;
        expect(group).toMatchObject({ group: 'chat', calls: 1, outputTokens: 50 });
        expect(await leftOf(running, tenant, 'tokens')).toBe(BUDGET - group!.inputTokens - 50);
      });
    });

    it('refuse before the model is asked', async () => {
      const tenant = tenants.next();
      upstream.script = spendsAll(1);
      await (await post('/chat', tenant, { text: 'abcd', maxTokens: BUDGET - 1 })).text();
      await eventually(async () => expect(await leftOf(running, tenant, 'tokens')).toBe(0));
      const before = upstream.exchanges.length;
      const socket = await connect(tenant);
      const failed = next(socket, 'NLPError');
      socket.emit('nlProcessing', job);

      expect(await failed).toMatchObject({ code: 'budget_exceeded', retryable: true });
      expect(upstream.exchanges).toHaveLength(before);
    });
  });
});
