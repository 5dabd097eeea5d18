import { getEventListeners, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { CHAT_CONCURRENCY } from '../../src/chat/runs/chat-concurrency.js';
import type { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { OpenStreams } from '../../src/common/streams/open-streams.js';
import {
  answer,
  beginAnswer,
  deltaEvent,
  refuse,
  stall,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type Exchange,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { waitFor } from '../support/wait-for.js';

describe('the bounds of /v1/chat/completions', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await running.close();
    await upstream.close();
  });

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, overrides);
  }

  const bodyOf = (stream: boolean): string =>
    JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'x' }] });

  function post(stream: boolean): Promise<Response> {
    return fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: bodyOf(stream),
    });
  }

  /** Asks, and never reads a byte of the answer. */
  async function askAndNeverRead(stream: boolean): Promise<Socket> {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    socket.pause().on('error', () => undefined);
    const body = bodyOf(stream);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  }

  const placesTaken = (): number => running.app.get<TenantConcurrencyLimit>(CHAT_CONCURRENCY).taken;

  async function streamForEver({ response, closed }: Exchange): Promise<void> {
    response.writeHead(200, STREAM_HEADERS);
    const event = deltaEvent('x'.repeat(16_000));
    while (!response.destroyed)
      await Promise.race([new Promise((sent) => response.write(event, sent)), closed]);
  }

  it.each<[string, boolean, (exchange: Exchange) => unknown]>([
    ['a stream without end', true, streamForEver],
    [
      'a long stream that has ended',
      true,
      ({ response }) =>
        response
          .writeHead(200, STREAM_HEADERS)
          .end(`${deltaEvent('x'.repeat(8_000_000)).repeat(2)}data: [DONE]\n\n`),
    ],
    [
      'a stream that fails',
      true,
      ({ response }) =>
        response
          .writeHead(200, STREAM_HEADERS)
          .end(`${deltaEvent('x'.repeat(8_000_000)).repeat(2)}data: {"error":1}\n\n`),
    ],
    [
      'a long document',
      false,
      ({ response }) => response.end(`{"choices":[{"message":{"content":"${'x'.repeat(15_000_000)}"}}]}`),
    ],
  ])(
    'cuts off readers that never read %s: their places and the provider are free again',
    async (_what, stream, script) => {
      await start({
        CHAT_STALLED_READER_MS: '200',
        CHAT_MAX_CONCURRENT: '2',
        CHAT_MAX_EVENT_BYTES: '16777216',
      });
      upstream.script = script;
      const readers = await Promise.all([askAndNeverRead(stream), askAndNeverRead(stream)]);
      const exchanges = await Promise.all([upstream.exchange(0), upstream.exchange(1)]);
      await Promise.all(exchanges.map(({ closed }) => closed));
      await waitFor(() => placesTaken() === 0, 'the places to be free');

      upstream.script = answer('Hi');
      expect((await post(true)).status).toBe(200);
      for (const reader of readers) reader.destroy();
    },
  );

  it('ends an answer that takes longer than a run may', async () => {
    await start({ CHAT_MAX_RUN_MS: '3000' });
    upstream.script = beginAnswer('Hello');
    const response = await post(true);
    const decoder = new TextDecoder();
    let text = '';
    await expect(
      (async () => {
        for await (const bytes of response.body!) text += decoder.decode(bytes as Uint8Array);
      })(),
    ).rejects.toThrow('terminated');
    expect(text).toContain('"code":"provider_timeout"');
    await (
      await upstream.exchange(0)
    ).closed;
    await waitFor(() => placesTaken() === 0, 'the place to be free');
  });

  it.each([
    ['is answered', answer('Hi')],
    ['is refused', refuse(400)],
    ['is cut', ({ response }: Exchange) => response.destroy()],
  ])(
    'leaves nothing behind with what lives as long as the server when a request %s',
    async (_how, script) => {
      await start();
      upstream.script = script;
      const closing = running.app.get(OpenStreams).closing;
      await (await post(true)).text();
      const before = traces(closing);
      for (let count = 0; count < 10; count += 1) await (await post(count % 2 === 0)).text();
      await waitFor(() => placesTaken() === 0, 'the places to be free');

      expect(traces(closing)).toEqual(before);
    },
  );

  it('opens a stream after the header deadline and tells a later refusal in band', async () => {
    await start({ CHAT_HEADER_DEADLINE_MS: '1' });
    upstream.script = stall;
    const response = await post(true);
    (await upstream.exchange(0)).response.writeHead(429).end('{}');
    let text = '';
    try {
      for await (const bytes of response.body!) text += new TextDecoder().decode(bytes as Uint8Array);
    } catch {
      // The connection is cut behind it.
    }

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    expect(text).toContain('"code":"provider_rate_limited"');
  });

  it.each<[string, string, boolean, string]>([
    ['the middle of a stream', 'CHAT_IDLE_TIMEOUT_MS', true, deltaEvent('Hello')],
    ['a stream of comments', 'CHAT_IDLE_TIMEOUT_MS', true, ': still there\n\n'],
    ['a document', 'CHAT_WHOLE_TIMEOUT_MS', false, '{"choices":'],
  ])('leaves a provider that falls silent in %s', async (_what, variable, stream, beginning) => {
    await start({ [variable]: '2000' });
    upstream.script = ({ response }) => {
      response.writeHead(200, stream ? STREAM_HEADERS : {}).write(beginning);
    };
    const response = await post(stream);
    const decoder = new TextDecoder();
    let text = '';
    const reading = (async () => {
      for await (const bytes of response.body!) text += decoder.decode(bytes as Uint8Array);
    })();
    await reading.catch(() => undefined);

    expect(text).toContain('"code":"provider_timeout"');
    await (
      await upstream.exchange(0)
    ).closed;
    await waitFor(() => placesTaken() === 0, 'the place to be free');
  });

  it('leaves a provider whose document has no end', async () => {
    await start({ CHAT_MAX_WHOLE_BYTES: '100000' });
    upstream.script = async ({ response, closed }) => {
      while (!response.destroyed)
        await Promise.race([new Promise((sent) => response.write(' '.repeat(16_000), sent)), closed]);
    };

    expect((await post(false)).status).toBe(502);
    await (
      await upstream.exchange(0)
    ).closed;
  });

  it('asks once for the models when many want to know them', async () => {
    await start();
    const list = '{"object":"list","data":[{"id":"m"}]}';
    upstream.script = ({ response }) => upstream.exchanges.length > 1 && response.end(list);
    const asking = Array.from({ length: 20 }, () => fetch(`${running.url}/v1/models`));
    (await upstream.exchange(0)).response.end(list);
    const answers = await Promise.all(asking);

    expect(answers.every(({ status }) => status === 200)).toBe(true);
    // Who came when the first answer was there asked again.
    expect(upstream.exchanges.length).toBeLessThan(20);
  });

  it.each(['/chat', '/v1/chat/completions'])('asks once for what may have been begun (%s)', async (path) => {
    await start({ OPENAI_HEADERS_TIMEOUT_MS: '2000', OPENAI_MAX_RETRIES: '2' });
    upstream.script = stall;
    const response = await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: path === '/chat' ? '{"text":"x"}' : bodyOf(true),
    });

    expect([response.status, await response.json()]).toMatchObject([
      504,
      { error: { code: 'provider_timeout' } },
    ]);
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('waits for a document for longer than for a stream, and asks for it once', async () => {
    await start({ OPENAI_HEADERS_TIMEOUT_MS: '50', OPENAI_MAX_RETRIES: '2' });
    upstream.script = stall;
    const asking = post(false);
    const { response } = await upstream.exchange(0);
    expect((await post(true)).status).toBe(504);
    response.end('{"choices":[]}');

    expect((await asking).status).toBe(200);
    expect(upstream.exchanges.filter(({ body }) => body['stream'] === false)).toHaveLength(1);
  });

  it.each<[string, number, number]>([
    ['a failure', 500, 502],
    ['an overload', 503, 502],
    ['a long wait', 429, 429],
  ])('is not asked again by the SDK after %s of the provider', async (_what, status, expected) => {
    await start({ OPENAI_MAX_RETRIES: '2' });
    upstream.script = refuse(status, status === 429 ? { 'Retry-After': '60' } : {});
    const sdk = new OpenAI({ apiKey: 'x', baseURL: `${running.url}/v1`, maxRetries: 2, logLevel: 'off' });
    const asked = sdk.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'x' }] });

    await expect(asked).rejects.toMatchObject({ status: expected });
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('leaves it to the SDK to come back when nothing was begun', async () => {
    await start({ CHAT_MAX_CONCURRENT: '1' });
    upstream.script = stall;
    void post(false).catch(() => undefined);
    await upstream.exchange(0);
    const refused = await post(false);

    expect(refused.status).toBe(503);
    expect(refused.headers.get('x-should-retry')).toBeNull();
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('learns for both doors at once what a model does without', async () => {
    await start();
    upstream.script = (exchange) =>
      ('stream_options' in exchange.body ? refuseStreamOptions : answer('Hi'))(exchange);
    const asked = { model: 'm', stream: true, stream_options: { include_usage: true } };
    const fields = { ...asked, messages: [{ role: 'user', content: 'x' }] };
    const chat = await fetch(`${running.url}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: '{"text":"x","model":"m"}',
    });
    const completion = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fields),
    });

    expect([chat.status, completion.status]).toEqual([200, 200]);
    expect(upstream.exchanges).toHaveLength(3);
  });

  describe('when the server shuts down', () => {
    it('lets an answer be finished that ends in time', async () => {
      await start({ SHUTDOWN_GRACE_MS: '20000' });
      upstream.script = beginAnswer('Hel');
      const response = await post(true);
      const { response: provider } = await upstream.exchange(0);
      const closing = running.close();
      await once(running.app.get(OpenStreams).closing, 'abort').catch(() => undefined);
      provider.end(`${deltaEvent('lo')}data: [DONE]\n\n`);

      expect(await response.text()).toMatch(/Hel[^]*lo[^]*\[DONE\]\n\n$/);
      await closing;
    });

    it('ends the others in band, with its own code', async () => {
      await start({ SHUTDOWN_GRACE_MS: '400' });
      upstream.script = beginAnswer('Hel');
      const response = await post(true);
      await running.close();
      const text = await response.text();

      expect(text).toContain('Hel');
      expect(JSON.parse(text.trim().split('\n').at(-1)!.slice('data: '.length))).toMatchObject({
        error: { code: 'shutting_down' },
      });
      await (
        await upstream.exchange(0)
      ).closed;
    });

    it('ends an answer of the demo so, too', async () => {
      await start({ CHAT_PROVIDER: 'scripted', SHUTDOWN_GRACE_MS: '200' });
      const response = await post(true);
      await running.close();

      expect(await response.text()).toMatch(/"code":"shutting_down"\}\}\n\n$/);
    });

    it('tells those whose answer has not begun by a status', async () => {
      await start({ SHUTDOWN_GRACE_MS: '400' });
      upstream.script = stall;
      const asking = [post(true), post(false)];
      await upstream.exchange(1);
      await running.close();
      const answers = await Promise.all(asking);

      expect(answers.map(({ status }) => status)).toEqual([503, 503]);
      expect(await answers[0]!.json()).toMatchObject({ error: { code: 'shutting_down' } });
    });
  });
});

const refuseStreamOptions = ({ response }: Exchange): unknown =>
  response
    .writeHead(400)
    .end('{"error":{"message":"Unrecognized request argument supplied: stream_options"}}');

/** Listeners of a signal, and the composites that Node keeps in sets of its own. */
function traces(signal: AbortSignal): number[] {
  const sets = Object.getOwnPropertySymbols(signal)
    .map((name) => (signal as unknown as Record<symbol, unknown>)[name])
    .filter((value) => value instanceof Set);
  return [getEventListeners(signal, 'abort').length, ...sets.map(({ size }) => size)];
}
