import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  answer,
  beginAnswer,
  deltaEvent,
  ENDING_EVENTS,
  refuse,
  stall,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { openSse, postJson, textOf, type SseStream } from '../support/sse-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { waitFor } from '../support/wait-for.js';

describe('POST and GET /chat', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let chat: string;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, {
      CHAT_API_KEY: 'sk-test',
      CHAT_MAX_INPUT_CHARS: '100',
      ...overrides,
    });
    chat = `${running.url}/chat`;
  }

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    await running?.close();
    await upstream.close();
  });

  it('streams run, deltas, usage and done, each named, numbered and with the id of the run', async () => {
    await start();
    upstream.script = beginAnswer('Hel');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    const run = await stream.next();
    const first = await stream.next();
    const { response } = await upstream.exchange(0);
    response.end(deltaEvent('lo') + ENDING_EVENTS);
    const events = [run!, first!, ...(await stream.rest())];

    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(events.map(({ event }) => event)).toEqual(['run', 'delta', 'delta', 'sentence', 'usage', 'done']);
    expect(events.map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5, 6].map((seq) => `${String(run!.data.runId)}:${seq}`),
    );
    expect(events.map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(textOf(events)).toBe('Hello');
    expect(events.at(-2)?.data).toMatchObject({
      inputTokens: 7,
      outputTokens: 5,
      totalTokens: 12,
      estimated: false,
    });
    expect(events.at(-1)?.data).toMatchObject({ finishReason: 'stop' });
  });

  it('sends the key, the messages and the options to the provider', async () => {
    await start();
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hi' },
    ];
    await (await openSse(chat, postJson({ messages, temperature: 0.5, topP: 0.9, maxTokens: 5 }))).rest();

    const { request, body } = await upstream.exchange(0);
    expect(request.url).toBe('/v1/chat/completions');
    expect(request.headers.authorization).toBe('Bearer sk-test');
    expect(body).toEqual({
      model: 'gpt-4o-mini',
      messages,
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('answers GET for EventSource, with options in the query', async () => {
    await start();
    const stream = await openSse(`${chat}?text=Hi&temperature=0.2&model=other`);

    expect(stream.status).toBe(200);
    expect(textOf(await stream.rest())).toBe('Hello');
    expect((await upstream.exchange(0)).body).toMatchObject({ temperature: 0.2, model: 'other' });
  });

  it('answers JSON to a caller that accepts only that', async () => {
    await start();
    upstream.script = answer('Good', ' day');
    const response = await fetch(chat, postJson({ text: 'Hi' }, { Accept: 'application/json' }));

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({
      status: 'done',
      text: 'Good day',
      finishReason: 'stop',
      usage: { totalTokens: 12, estimated: false },
    });
  });

  it.each([
    ['malformed JSON', '{"text":', 'body'],
    ['neither text nor messages', {}, 'text'],
    ['both of them', { text: 'a', messages: [{ role: 'user', content: 'b' }] }, 'text'],
    ['an empty text', { text: '  ' }, 'text'],
    ['a text of a wrong type', { text: 7 }, 'text'],
    ['an unknown role', { messages: [{ role: 'pirate', content: 'x' }] }, 'messages.0.role'],
    ['a temperature out of range', { text: 'a', temperature: 3 }, 'temperature'],
    ['an unknown field', { text: 'a', colour: 'red' }, 'colour'],
    ['an array', [1], 'body'],
  ])('refuses %s with 400 and spends nothing', async (_name, body, param) => {
    await start();
    const response = await fetch(chat, postJson(body));

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param } });
    expect(upstream.exchanges).toHaveLength(0);
  });

  it('refuses too much text with 413', async () => {
    await start();
    const response = await fetch(chat, postJson({ text: 'x'.repeat(101) }));

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'too_large', param: 'text' } });
  });

  it.each([
    [400, 400, 'provider_rejected'],
    [401, 502, 'provider_auth'],
    [404, 400, 'provider_rejected'],
    [422, 400, 'provider_rejected'],
    [500, 502, 'provider_failed'],
    [503, 502, 'provider_failed'],
  ])('turns %d of the provider into %d without its words', async (status, expected, code) => {
    await start();
    upstream.script = refuse(status);
    const response = await fetch(chat, postJson({ text: 'Hi' }, { Accept: 'text/event-stream' }));
    const body = await response.text();

    expect(response.status).toBe(expected);
    expect(JSON.parse(body)).toMatchObject({ error: { code } });
    expect(body).not.toMatch(/PROVIDER TEXT|sk-/);
  });

  it.each(['text/event-stream', 'application/json'])(
    'keeps 429 and its Retry-After for a caller that accepts %s',
    async (Accept) => {
      await start();
      upstream.script = refuse(429, { 'Retry-After': '7' });
      const response = await fetch(chat, postJson({ text: 'Hi' }, { Accept }));

      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(await response.json()).toMatchObject({ error: { code: 'provider_rate_limited' } });
    },
  );

  it('opens the stream after the header deadline and tells a later refusal in band', async () => {
    await start({ CHAT_HEADER_DEADLINE_MS: '1' });
    upstream.script = stall;
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    const { response } = await upstream.exchange(0);
    response.writeHead(429).end('{}');
    const events = await stream.rest();

    expect(stream.status).toBe(200);
    expect(events.map(({ event }) => event)).toEqual(['run', 'usage', 'failed']);
    expect(events.at(-1)?.data).toMatchObject({
      code: 'provider_rate_limited',
      retryable: true,
      partial: false,
    });
  });

  it.each<[string, (destroy: () => void, end: (last: string) => void) => void]>([
    ['is cut', (destroy) => destroy()],
    ['ends without [DONE]', (_destroy, end) => end('')],
    ['sends garbage', (_destroy, end) => end('data: {nonsense\n\n')],
    ['reports an error in its stream', (_destroy, end) => end('data: {"error":{"message":"sk-secret"}}\n\n')],
  ])('ends with failed, not done, when the provider %s in mid-stream', async (_name, act) => {
    await start();
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    await stream.next();
    await stream.next();
    const { response } = await upstream.exchange(0);
    act(
      () => response.destroy(),
      (last) => response.end(last),
    );
    const events = await stream.rest();

    expect(events.map(({ event }) => event)).toEqual(['usage', 'failed']);
    expect(events[0]?.data).toMatchObject({ estimated: true });
    expect(events[1]?.data).toMatchObject({ code: 'provider_failed', partial: true });
    expect(events[1]?.raw).not.toContain('sk-');
  });

  it('fails with provider_timeout when the provider falls silent', async () => {
    await start({ CHAT_IDLE_TIMEOUT_MS: '2000' });
    upstream.script = beginAnswer('Hal');
    const events = await (await openSse(chat, postJson({ text: 'Hi' }))).rest();

    expect(events.at(-1)).toMatchObject({ event: 'failed', data: { code: 'provider_timeout' } });
    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });

  it('fails with a status when the provider never answers', async () => {
    await start({ OPENAI_HEADERS_TIMEOUT_MS: '50' });
    upstream.script = stall;
    const response = await fetch(chat, postJson({ text: 'Hi' }));

    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: 'provider_timeout' } });
  });

  it('stops the provider when the client leaves before the headers', async () => {
    await start();
    upstream.script = stall;
    const gone = new AbortController();
    const asking = fetch(chat, { ...postJson({ text: 'Hi' }), signal: gone.signal });
    const { closed } = await upstream.exchange(0);
    gone.abort();

    await expect(asking).rejects.toThrow('aborted');
    await closed;
  });

  it('stops the provider when the client leaves before the first token', async () => {
    await start({ CHAT_GRACE_MS: '1' });
    upstream.script = beginAnswer();
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    await stream.next();
    stream.drop();

    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });

  it('stops the provider when the client leaves in mid-stream', async () => {
    await start();
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(chat, postJson({ text: 'Hi', graceMs: 0 }));
    await stream.next();
    await stream.next();
    stream.drop();

    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });

  it('stops the provider when the caller who waits for JSON leaves', async () => {
    await start();
    upstream.script = beginAnswer('Hal');
    const gone = new AbortController();
    const asking = fetch(chat, {
      ...postJson({ text: 'Hi' }, { Accept: 'application/json' }),
      signal: gone.signal,
    });
    const { closed } = await upstream.exchange(0);
    gone.abort();

    await expect(asking).rejects.toThrow('aborted');
    await closed;
  });

  it('sends a comment while the provider is silent', async () => {
    await start({ CHAT_HEARTBEAT_MS: '20' });
    upstream.script = beginAnswer();
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    await stream.next();
    const rest = stream.rest();
    const { response } = await upstream.exchange(0);
    await waitFor(() => stream.comments.length >= 2, 'two comments');
    response.end(deltaEvent('x') + ENDING_EVENTS);

    expect((await rest).map(({ event }) => event)).toEqual(['delta', 'sentence', 'usage', 'done']);
    expect(stream.comments).toContain('hb');
  });

  it('refuses a run beyond CHAT_MAX_CONCURRENT with 503 and serves again when one has ended', async () => {
    await start({ CHAT_MAX_CONCURRENT: '1' });
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    const refused = await fetch(chat, postJson({ text: 'Hi' }));
    const { response } = await upstream.exchange(0);
    response.end(ENDING_EVENTS);
    await stream.rest();
    upstream.script = answer('again');

    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
    expect(textOf(await (await openSse(chat, postJson({ text: 'Hi' }))).rest())).toBe('again');
  });

  it('leaves places for the other tenants when one takes all it can get', async () => {
    await start({
      API_KEYS: ['a', 'b'].map((key) => `${key}:${createHash('sha256').update(key).digest('hex')}`).join(','),
      CHAT_MAX_CONCURRENT: '4',
    });
    upstream.script = beginAnswer('Hel');
    const ask = (key: string): Promise<SseStream> =>
      openSse(`${running.url}/chat`, postJson({ text: 'Hi' }, { Authorization: `Bearer ${key}` }));
    const complete = (key: string): Promise<Response> =>
      fetch(
        `${running.url}/v1/chat/completions`,
        postJson(
          { stream: true, messages: [{ role: 'user', content: 'Hi' }] },
          { Authorization: `Bearer ${key}` },
        ),
      );
    const mine = [await ask('a'), await ask('a'), await complete('a')];
    const refused = [await ask('a'), await complete('a')];
    const theirs = await ask('b');

    expect(mine.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(refused.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [503, '1'],
      [503, '1'],
    ]);
    expect(theirs.status).toBe(200);
  });

  it('lets an answer that is being read come to its end when the server shuts down', async () => {
    await start({ SHUTDOWN_GRACE_MS: '60000' });
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    await stream.next();
    await stream.next();
    const closing = running.close();
    const { response } = await upstream.exchange(0);
    response.end(deltaEvent('lo') + ENDING_EVENTS);
    const events = await stream.rest();
    await closing;

    expect(textOf(events)).toBe('lo');
    expect(events.at(-1)?.event).toBe('done');
  });

  it('does not wait for an answer that nobody reads when the server shuts down', async () => {
    await start({ SHUTDOWN_GRACE_MS: '60000' });
    upstream.script = beginAnswer('Hal');
    await fetch(chat, { ...postJson({ text: 'Hi' }, { Prefer: 'respond-async' }) });
    await running.close();

    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });

  it('ends open streams in band when the server shuts down', async () => {
    await start();
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    await stream.next();
    await stream.next();
    const closing = running.close();
    const events = await stream.rest();

    expect(events.map(({ event }) => event)).toEqual(['usage', 'cancelled']);
    expect(events.at(-1)?.data).toMatchObject({ by: 'shutdown', partial: true });
    await closing;
  });

  it('passes on what the provider sends as it comes, whatever its headers say', async () => {
    await start();
    upstream.script = ({ response }) =>
      response
        .writeHead(200, STREAM_HEADERS)
        .end(`\uFEFF: hello\r\n\r\n${deltaEvent('안녕 👨‍👩‍👧\n')}${ENDING_EVENTS}`);
    expect(textOf(await (await openSse(chat, postJson({ text: 'Hi' }))).rest())).toBe('안녕 👨‍👩‍👧\n');
  });
});

describe('/chat without a provider', () => {
  it('answers 503 and names the variables to set', async () => {
    const running = await startApp({ FEATURES: 'chat', PROFILE: 'standard' });
    try {
      const response = await fetch(`${running.url}/chat`, postJson({ text: 'Hi' }));
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        error: { code: 'provider_unconfigured', message: expect.stringContaining('OPENAI_API_KEY') },
      });
    } finally {
      await running.close();
    }
  });

  it('does not start when a missing provider is to stop the boot', async () => {
    await expect(
      startApp({ FEATURES: 'chat', PROFILE: 'standard', MISSING_PROVIDER: 'boot-error' }),
    ).rejects.toThrow('OPENAI_API_KEY');
  });
});

describe('/chat in the demo profile', () => {
  it.each([
    ['Hello!', /demo/],
    ['안녕하세요', /데모/],
  ])('answers %s in its language and says that it is a demo', async (text, expected) => {
    const running = await startApp({ FEATURES: 'chat', PROFILE: 'demo' });
    try {
      const events = await (await openSse(`${running.url}/chat`, postJson({ text }))).rest();
      expect(textOf(events)).toMatch(expected);
      expect(events.filter(({ event }) => event === 'delta').length).toBeGreaterThan(5);
      expect(events.at(-1)?.event).toBe('done');
    } finally {
      await running.close();
    }
  });
});
