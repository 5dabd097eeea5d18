import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError, AuthenticationError, BadRequestError, RateLimitError } from 'openai';
import {
  answer,
  beginAnswer,
  deltaEvent,
  refuse,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

const KEY = 'parley-test-key';

describe('the official OpenAI SDK against /v1', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let sut: OpenAI;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, {
      CHAT_API_KEY: 'sk-upstream',
      API_KEYS: `tenant:${createHash('sha256').update(KEY).digest('hex')}`,
      ...overrides,
    });
    sut = new OpenAI({ apiKey: KEY, baseURL: `${running.url}/v1`, maxRetries: 0, logLevel: 'off' });
  }

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    await running?.close();
    await upstream.close();
  });

  const ask = { model: 'gpt-x', messages: [{ role: 'user' as const, content: 'Hi' }] };

  it('streams, with usage', async () => {
    await start();
    upstream.script = answer('Hel', 'lo');
    const stream = await sut.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total: number | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }

    expect(text).toBe('Hello');
    expect(total).toBe(12);
    expect((await upstream.exchange(0)).request.headers.authorization).toBe('Bearer sk-upstream');
  });

  it('answers at once, with the document of the provider untouched', async () => {
    await start();
    const document = {
      id: 'c',
      object: 'chat.completion',
      choices: [{ index: 0, message: { content: 'Hi', x: 1 } }],
    };
    upstream.script = ({ response }) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));

    expect(await sut.chat.completions.create(ask)).toMatchObject(document);
  });

  it('passes every other field through untouched', async () => {
    await start();
    const fields = {
      n: 2,
      seed: 7,
      stop: ['END'],
      tools: [{ type: 'function' as const, function: { name: 'f', parameters: { type: 'object' } } }],
      response_format: { type: 'json_object' as const },
      logit_bias: { '50256': -100 },
    };
    for await (const _chunk of await sut.chat.completions.create({ ...ask, ...fields, stream: true }));

    expect((await upstream.exchange(0)).body).toEqual({ ...ask, ...fields, stream: true });
  });

  it.each([
    [400, BadRequestError, 400, 'provider_rejected'],
    [429, RateLimitError, 429, 'provider_rate_limited'],
    [401, APIError, 502, 'provider_auth'],
    [500, APIError, 502, 'provider_failed'],
  ])('turns %d of the provider into an error that the SDK knows', async (status, kind, expected, code) => {
    await start();
    upstream.script = refuse(status);
    const error: unknown = await sut.chat.completions
      .create({ ...ask, stream: true })
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status: expected, code });
    expect(String(error)).not.toMatch(/PROVIDER TEXT|sk-/);
  });

  it('refuses a wrong key before anything is spent', async () => {
    await start();
    const stranger = new OpenAI({
      apiKey: 'wrong',
      baseURL: `${running.url}/v1`,
      maxRetries: 0,
      logLevel: 'off',
    });

    await expect(stranger.chat.completions.create(ask)).rejects.toBeInstanceOf(AuthenticationError);
    expect(upstream.exchanges).toHaveLength(0);
  });

  it.each<[string, (send: (last?: string) => void, cut: () => void) => void, string]>([
    ['cuts the connection', (_send, cut) => cut(), 'was cut'],
    ['ends without [DONE]', (send) => send(), 'middle of its answer'],
    ['ends in the middle of a word', (send) => send('data: [DO'), 'middle of its answer'],
  ])('never lets an answer look complete when the provider %s', async (_name, act, message) => {
    await start();
    upstream.script = beginAnswer('Hal');
    const stream = await sut.chat.completions.create({ ...ask, stream: true });
    const { response } = await upstream.exchange(0);
    const reading = (async () => {
      let isFirst = true;
      for await (const _chunk of stream) {
        if (isFirst)
          act(
            (last) => response.end(last),
            () => response.destroy(),
          );
        isFirst = false;
      }
    })();

    await expect(reading).rejects.toThrow(message);
  });

  it('answers 502 for a document that is none', async () => {
    await start();
    upstream.script = ({ response }) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"choices": [');

    await expect(sut.chat.completions.create(ask)).rejects.toMatchObject({
      status: 502,
      code: 'provider_failed',
    });
  });

  it('stops the provider when the client leaves, before and after the first byte', async () => {
    await start();
    upstream.script = () => undefined;
    const early = new AbortController();
    const asking = sut.chat.completions.create({ ...ask, stream: true }, { signal: early.signal });
    const first = await upstream.exchange(0);
    early.abort();
    await expect(asking).rejects.toThrow('aborted');
    await first.closed;

    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).write(deltaEvent('a'));
    const stream = await sut.chat.completions.create({ ...ask, stream: true });
    for await (const _chunk of stream) break;
    await (
      await upstream.exchange(1)
    ).closed;
  });

  it('lists models, and one of them', async () => {
    await start();
    upstream.script = ({ response }) =>
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ object: 'list', data: [{ id: 'gpt-x', object: 'model' }] }));

    expect((await sut.models.list()).data.map(({ id }) => id)).toEqual(['gpt-x']);
    expect((await sut.models.retrieve('gpt-x')).id).toBe('gpt-x');
    await expect(sut.models.retrieve('other')).rejects.toMatchObject({ status: 404 });
  });

  it('speaks for the demo, too', async () => {
    await start({ CHAT_PROVIDER: 'scripted' });
    const whole = await sut.chat.completions.create(ask);
    let text = '';
    for await (const chunk of await sut.chat.completions.create({ ...ask, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';

    expect(whole.choices[0]?.message.content).toMatch(/demo/);
    expect(whole.choices[0]?.finish_reason).toBe('stop');
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
    expect(text).toBe(whole.choices[0]?.message.content);
    expect((await sut.models.list()).data[0]?.id).toBe('scripted');
  });

  it.each([
    [{ model: 'x' }, 'messages'],
    [{ model: 'x', messages: [] }, 'messages'],
    [{ model: 'x', messages: [{}] }, 'messages.0.role'],
    [{ model: 7, messages: [{ role: 'user' }] }, 'model'],
    [{ messages: [{ role: 'user' }], stream: 'yes' }, 'stream'],
  ])('refuses %j in the shape of OpenAI', async (body, param) => {
    await start();
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param, code: 'bad_request' },
    });
  });
});
