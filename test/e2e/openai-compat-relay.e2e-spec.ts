import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  answer,
  beginAnswer,
  completionEvent,
  deltaEvent,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

/** What reaches a client of /v1 of what a provider says, and what a provider of what a client says. */
describe('what /v1/chat/completions passes on', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
    running = await startChat(upstream);
  });

  afterEach(async () => {
    await running.close();
    await upstream.close();
  });

  function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
  }

  const ask = (stream: boolean): Promise<Response> =>
    post(JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'x' }] }));

  /** All that a client gets, whether or not the connection is cut behind it. */
  async function textOf(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const bytes of response.body!) text += decoder.decode(bytes as Uint8Array, { stream: true });
    } catch {
      // A cut is what some tests expect.
    }
    return text;
  }

  const hello = deltaEvent('Hello');
  const stop = completionEvent({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  const done = 'data: [DONE]\n\n';

  it('gives the provider the request to the last digit', async () => {
    const rest =
      '"messages":[{"role":"user","content":"\\ud55c x"}],"seed":9007199254740993,"x":{"id":1e2,"y":0.10},"__proto__":{"z":1}';
    await textOf(await post(`{ ${rest}, "model":"m" }`));

    expect((await upstream.exchange(0)).text).toBe(`{${rest},"model":"m"}`);
  });

  it('fills in the model and takes the last of a member that comes twice', async () => {
    await textOf(await post('{"messages":[],"user":"a","messages":[{"role":"user"}],"user":"b"}'));

    expect((await upstream.exchange(0)).text).toBe(
      '{"messages":[{"role":"user"}],"user":"b","model":"gpt-4o-mini"}',
    );
  });

  it('gives the client the answer to the last digit', async () => {
    const event =
      'data: {"id":"c","choices":[{"index":0,"delta":{"content":"\\u0041"},"n":9007199254740993}]}\n\n';
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).end(event + stop + done);
    expect(await textOf(await ask(true))).toBe(event + stop + done);

    const document = '{ "choices": [], "seed":9007199254740993 }';
    upstream.script = ({ response }) => response.end(document);
    expect(await textOf(await ask(false))).toBe(document);
  });

  it.each<[string, string]>([
    ['comments', `: ping\n\n${hello}: ping\n\n${stop}${done}`],
    ['a comment behind [DONE]', `${hello}${stop}${done}: ping\n\n`],
    ['a chunk behind [DONE]', `${hello}${stop}${done}${deltaEvent('MORE')}`],
    ['an error behind [DONE]', `${hello}${stop}${done}data: {"error":{"message":"x"}}\n\n`],
    ['an empty data', `data:\n\n${hello}${stop}${done}`],
    ['a ping', `event: ping\ndata: ping\n\n${hello}${stop}${done}`],
    ['a [DONE] with a blank', `${hello}${stop}data: [DONE] \n\n`],
    ['line ends of two characters', `${hello}${stop}${done}`.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${hello}${stop}${done}`],
    ['no blank behind the colon', `${hello}${stop}${done}`.replaceAll('data: ', 'data:')],
    ['ids and names', `id: 1\nretry: 1\nevent: chunk\n${hello}${stop}${done}`],
  ])('gives the plainest stream when the provider sends %s', async (_what, body) => {
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).end(body);

    expect(await textOf(await ask(true))).toBe(hello + stop + done);
  });

  it('ends after [DONE], whether or not the provider does', async () => {
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).write(hello + stop + done);

    expect(await textOf(await ask(true))).toBe(hello + stop + done);
    await (
      await upstream.exchange(0)
    ).closed;
  });

  it('keeps the connection of a provider that ends a moment after [DONE]', async () => {
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).write(hello + stop + done);
    await textOf(await ask(true));
    const first = await upstream.exchange(0);
    const { remotePort } = first.request.socket;
    first.response.end();
    await first.closed;
    await textOf(await ask(true));

    expect((await upstream.exchange(1)).request.socket.remotePort).toBe(remotePort);
  });

  it.each<[string, string]>([
    ['an error object', 'data: {"error":{"message":"PROVIDER TEXT","code":"PROVIDER"}}\n\n'],
    ['an error text', 'data: {"error":"PROVIDER TEXT"}\n\n'],
    ['an error by name', 'event: error\ndata: PROVIDER TEXT\n\n'],
    ['an error of vLLM', 'data: {"object":"error","message":"PROVIDER TEXT"}\n\n'],
    ['an error of FastAPI', 'data: {"detail":"PROVIDER TEXT"}\n\n'],
    ['an error beside choices', completionEvent({ error: { message: 'PROVIDER TEXT' }, choices: [] })],
    ['an error as a finish', completionEvent({ choices: [{ delta: {}, finish_reason: 'error' }] })],
    ['no JSON', 'data: PROVIDER TEXT\n\n'],
    ['a page', '<html>PROVIDER TEXT</html>'],
    ['half an event', 'data: {"error":{"message":"PROVIDER TEXT'],
  ])('tells a failure in its own words when %s comes in mid-stream', async (_what, rest) => {
    upstream.script = beginAnswer('Hello');
    const response = await ask(true);
    (await upstream.exchange(0)).response.end(rest + done.slice(0, -1));
    const text = await textOf(response);

    expect(text).toContain('Hello');
    expect(text).not.toMatch(/PROVIDER|DONE/);
    expect(JSON.parse(text.trim().split('\n').at(-1)!.slice('data: '.length))).toEqual({
      error: { message: expect.any(String), type: 'api_error', param: null, code: 'provider_failed' },
    });
  });

  it('delivers the text that came in one read with a failure', async () => {
    upstream.script = ({ response }) =>
      response.writeHead(200, STREAM_HEADERS).end(`${hello}data: {"error":{"message":"PROVIDER TEXT"}}\n\n`);
    const text = await textOf(await ask(true));

    expect(text).toMatch(/Hello[^]*"code":"provider_failed"/);
    expect(text).not.toContain('PROVIDER');
  });

  it.each<[string, boolean, number, string, string]>([
    ['a page for a stream', true, 200, 'text/html', '<html>PROVIDER TEXT</html>'],
    ['a document for a stream', true, 200, 'application/json', '{"choices":[{"message":{"content":"x"}}]}'],
    ['an error for a stream', true, 200, 'application/json', '{"error":{"message":"PROVIDER TEXT"}}'],
    [
      'an error first in a stream',
      true,
      200,
      'text/event-stream',
      'data: {"error":{"message":"PROVIDER TEXT"}}\n\n',
    ],
    ['an empty stream', true, 200, 'text/event-stream', ''],
    ['202 for a stream', true, 202, 'text/event-stream', deltaEvent('x') + 'data: [DONE]\n\n'],
    ['a page', false, 200, 'text/html', '<html>PROVIDER TEXT</html>'],
    ['an error', false, 200, 'application/json', '{"error":{"message":"PROVIDER TEXT"}}'],
    ['another document', false, 200, 'application/json', '{"detail":"PROVIDER TEXT"}'],
    ['a list', false, 200, 'application/json', '["PROVIDER TEXT"]'],
    ['202', false, 202, 'application/json', '{"choices":[]}'],
    ['a stream for a document', false, 200, 'text/event-stream', deltaEvent('PROVIDER TEXT')],
  ])('answers 502 when the provider answers %s', async (_what, stream, status, type, body) => {
    upstream.script = ({ response }) => response.writeHead(status, { 'Content-Type': type }).end(body);
    const response = await ask(stream);
    const text = await response.text();

    expect(response.status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'provider_failed' } });
    expect(text).not.toContain('PROVIDER');
  });

  it.each<[string, () => Promise<Response>, number, string, string | null]>([
    ['malformed JSON', () => post('{"messages":'), 400, 'bad_request', 'body'],
    ['no body', () => post(''), 400, 'bad_request', 'body'],
    ['a list', () => post('[]'), 400, 'bad_request', 'body'],
    ['no JSON type', () => post('{}', { 'Content-Type': 'text/plain' }), 400, 'bad_request', 'body'],
    ['a huge body', () => post(' '.repeat(2_000_000)), 413, 'too_large', 'body'],
    [
      'a long text',
      () => post(JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(200_001) }] })),
      400,
      'too_large',
      'messages',
    ],
    [
      'deep messages',
      () => post(`{"messages":[{"role":"user","content":${nested(90_000)}}]}`),
      400,
      'bad_request',
      'body',
    ],
    [
      'deep tools',
      () => post(`{"tools":${nested(90_000)},"messages":[{"role":"user"}]}`),
      400,
      'bad_request',
      'body',
    ],
    ['an unknown address', () => fetch(`${running.url}/v1/nothing`), 404, 'not_found', null],
    ['a wrong method', () => fetch(`${running.url}/v1/chat/completions`), 405, 'method_not_allowed', null],
    ['a foreign page', () => post('{}', { Origin: 'https://evil.example' }), 403, 'forbidden', null],
  ])('refuses %s in the shape of OpenAI', async (_what, send, status, code, param) => {
    const response = await send();

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: expect.any(String), param, code },
    });
    expect(upstream.exchanges).toHaveLength(0);
  });

  it('takes JSON in another encoding', async () => {
    upstream.script = answer('Hi');
    const body = Buffer.from('{"messages":[{"role":"user","content":"한"}]}', 'utf16le');
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json; charset=utf-16le' },
      body,
    });
    await response.text();

    expect((await upstream.exchange(0)).body).toMatchObject({ messages: [{ content: '한' }] });
  });

  it('answers 502 for a list of models that is nested to do harm', async () => {
    upstream.script = ({ response }) => response.end(`{"data":[{"id":"m","x":${nested(90_000)}}]}`);
    const response = await fetch(`${running.url}/v1/models`);

    expect([response.status, await response.json()]).toMatchObject([
      502,
      { error: { code: 'provider_failed' } },
    ]);
  });
});

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
