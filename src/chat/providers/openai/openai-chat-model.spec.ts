import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { describeChatModel } from '../../../../test/contracts/chat-model.js';
import {
  completionEvent,
  deltaEvent,
  ENDING_EVENTS,
  ROLE_EVENT,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../../../../test/support/fake-openai-chat.js';
import { endpointAt } from '../../../../test/support/openai-endpoint.js';
import type { ChatChunk } from '../../chat-model.js';
import { CompletionsEndpoint } from './completions-endpoint.js';
import { OpenAiChatModel } from './openai-chat-model.js';

describe(OpenAiChatModel.name, () => {
  let upstream: FakeOpenAiChat;
  let sut: OpenAiChatModel;

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
    sut = new OpenAiChatModel(
      new CompletionsEndpoint({
        openai: endpointAt(upstream.url),
        omitFields: [],
        wholeTimeoutMs: 5_000,
        maxEventBytes: 1_000_000,
        maxWholeBytes: 1_000_000,
      }),
    );
  });

  afterEach(() => upstream.close());

  async function read(...parts: (string | Uint8Array)[]): Promise<ChatChunk[]> {
    upstream.script = async ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      for (const part of parts) await new Promise((sent) => response.write(part, sent));
      response.end();
    };
    const chunks: ChatChunk[] = [];
    const request = { messages: [{ role: 'user' as const, content: 'x' }], model: 'x' };
    for await (const chunk of await sut.stream(request, new AbortController().signal)) chunks.push(chunk);
    return chunks;
  }

  const textOf = (chunks: ChatChunk[]): string =>
    chunks.map((chunk) => (chunk.type === 'delta' ? chunk.text : '')).join('');

  describeChatModel(async () => {
    upstream.script = ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      response.write(ROLE_EVENT + deltaEvent('one '));
      setImmediate(() => setImmediate(() => response.end(deltaEvent('two') + ENDING_EVENTS)));
    };
    return sut;
  });

  it('joins what arrives in one read', async () => {
    const chunks = await read(
      ROLE_EVENT + deltaEvent('a') + deltaEvent('b') + deltaEvent('c') + ENDING_EVENTS,
    );

    expect(chunks.filter(({ type }) => type === 'delta')).toEqual([{ type: 'delta', text: 'abc' }]);
  });

  it('takes the reasoning of servers that send it, under either name', async () => {
    const chunks = await read(
      completionEvent({ choices: [{ delta: { reasoning_content: 'hm' } }] }),
      completionEvent({ choices: [{ delta: { reasoning: ' so' } }] }) + deltaEvent('x') + ENDING_EVENTS,
    );

    expect(chunks.map((chunk) => (chunk.type === 'reasoning' ? chunk.text : '')).join('')).toBe('hm so');
  });

  it.each<[string, string]>([
    ['a role chunk', ROLE_EVENT],
    ['a null content', completionEvent({ choices: [{ index: 0, delta: { content: null } }] })],
    ['a null delta', completionEvent({ choices: [{ index: 0, delta: null }] })],
    ['a choice without anything', completionEvent({ choices: [{}] })],
    ['a null choice', completionEvent({ choices: [null] })],
    ['no choices', completionEvent({ choices: [] })],
    ['null choices', completionEvent({ choices: null })],
    ['choices that are no list', completionEvent({ choices: 'x' })],
    ['nothing at all', 'data: {}\n\n'],
    ['another choice', completionEvent({ choices: [{ index: 1, delta: { content: 'WRONG' } }] })],
    ['a content of a wrong type', completionEvent({ choices: [{ index: 0, delta: { content: 7 } }] })],
    ['a comment', ': OPENROUTER PROCESSING\n\n'],
    ['an event name', `event: chunk\n${deltaEvent('')}`],
    ['a usage in mid-stream', completionEvent({ choices: [], usage: null })],
  ])('takes no harm from %s', async (_name, event) => {
    expect(textOf(await read(deltaEvent('a') + event + deltaEvent('b') + ENDING_EVENTS))).toBe('ab');
  });

  it.each([
    ['an array', 'data: [1]\n\n'],
    ['a string', 'data: "x"\n\n'],
    ['half an object', 'data: {"choices":\n\n'],
    ['a page of a proxy', '<html>Bad gateway</html>'],
    ['nothing', ''],
    ['[DONE] and nothing else', 'data: [DONE]\n\n'],
    ['a finish without [DONE]', deltaEvent('a') + ENDING_EVENTS.replace('data: [DONE]\n\n', '')],
    ['an error', 'data: {"error":{"message":"PROVIDER TEXT"}}\n\n'],
  ])('fails when it gets %s', async (_name, body) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'provider_failed',
      message: expect.not.stringContaining('PROVIDER TEXT'),
    });
  });

  /** What compatible services send, besides what OpenAI does. */
  const hello = deltaEvent('Hello');
  const stop = completionEvent({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  const done = 'data: [DONE]\n\n';
  const choice = (fields: object): string => completionEvent({ choices: [{ index: 0, ...fields }] });

  it.each<[string, string]>([
    ['an empty data', `${hello}data:\n\n${ENDING_EVENTS}`],
    ['a blank data', `${hello}data:   \n\n${ENDING_EVENTS}`],
    ['a ping by name', `${hello}event: ping\ndata: ping\n\n${ENDING_EVENTS}`],
    ['an object under another name', `${hello}event: ping\ndata: {"type":"ping"}\n\n${ENDING_EVENTS}`],
    ['a [DONE] with a blank', `${hello}${stop}data: [DONE] \n\n`],
    ['a [DONE] without a blank', `${hello}${stop}data:[DONE]\n\n`],
    ['an empty finish reason', choice({ delta: { content: 'Hello' }, finish_reason: '' }) + done],
    ['no finish reason at all', hello + done],
    ['the finish reason in a chunk of its own', hello + stop + done],
    [
      'the finish reason beside the text',
      choice({ delta: { content: 'Hello' }, finish_reason: 'stop' }) + done,
    ],
    ['a comment behind [DONE]', `${hello}${stop}${done}: ping\n\n`],
    ['a chunk behind [DONE]', `${hello}${stop}${done}${deltaEvent('MORE')}`],
    ['an error behind [DONE]', `${hello}${stop}${done}data: {"error":{"message":"x"}}\n\n`],
    ['line ends of two characters', `${hello}${stop}${done}`.replaceAll('\n', '\r\n')],
    ['line ends of the other kind', `${hello}${stop}${done}\n`.replaceAll('\n', '\r')],
    ['a byte order mark', `\ufeff${hello}${stop}${done}`],
    ['no blank behind the colon', `${hello}${stop}${done}`.replaceAll('data: ', 'data:')],
    ['data in two lines', `data: {"choices":\ndata: [{"delta":{"content":"Hello"}}]}\n\n${stop}${done}`],
    ['ids and retries', `id: 1\nretry: 5\n${hello}id: 2\n${stop}${done}`],
    [
      'parts (Mistral)',
      choice({ delta: { content: [{ type: 'text', text: 'Hel' }, 'lo', null] } }) + stop + done,
    ],
    ['a message for a delta', choice({ message: { content: 'Hello' }, finish_reason: 'stop' }) + done],
    ['a message that repeats the deltas', hello + choice({ message: { content: 'Hello' } }) + stop + done],
    ['an index as text', choice({ index: '0', delta: { content: 'Hello' } }) + stop + done],
    ['no index', completionEvent({ choices: [{ delta: { content: 'Hello' } }] }) + stop + done],
    ['a refusal beside an empty content', choice({ delta: { content: '', refusal: 'Hello' } }) + stop + done],
    [
      'filters first (Azure)',
      completionEvent({ choices: [], prompt_filter_results: [{}] }) + hello + stop + done,
    ],
    ['an error of null', completionEvent({ error: null, choices: [] }) + hello + stop + done],
    ['a word like an error', `${choice({ delta: { content: 'Hello', message: 'x' } })}${stop}${done}`],
    ['unknown fields and lines', `${hello}wat\nfoo: bar\n\n${stop}${done}`],
  ])('understands %s', async (_name, body) => {
    const chunks = await read(body);

    expect(textOf(chunks)).toBe('Hello');
    expect(chunks.filter(({ type }) => type === 'finish')).toEqual([{ type: 'finish', reason: 'stop' }]);
  });

  it.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['model_length', 'length'],
    ['content_filter', 'filtered'],
    ['SAFETY', 'filtered'],
    ['tool_calls', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['constructor', 'stop'],
  ])('calls the finish reason %s %s', async (given, reason) => {
    const chunks = await read(hello + choice({ delta: {}, finish_reason: given }) + done);

    expect(chunks.at(-1)).toEqual({ type: 'finish', reason });
  });

  it.each<[string, string]>([
    ['an abort of the engine (vLLM)', choice({ delta: {}, finish_reason: 'abort' }) + done],
    ['an error as a finish (OpenRouter)', choice({ delta: { content: '' }, finish_reason: 'error' }) + done],
    [
      'a lack of resources (DeepSeek)',
      choice({ delta: {}, finish_reason: 'insufficient_system_resource' }) + done,
    ],
    ['an error object', 'data: {"error":{"message":"PROVIDER TEXT"}}\n\n' + done],
    ['an error text', 'data: {"error":"PROVIDER TEXT"}\n\n' + done],
    ['an error beside choices', completionEvent({ error: { code: 502 }, choices: [{ delta: {} }] }) + done],
    ['an error by name', 'event: error\ndata: PROVIDER TEXT\n\n' + done],
    ['an error of vLLM', 'data: {"object":"error","message":"PROVIDER TEXT"}\n\n' + done],
    ['an error of FastAPI', 'data: {"detail":"PROVIDER TEXT"}\n\n' + done],
    ['no JSON', 'data: PROVIDER TEXT\n\n' + done],
    ['JSON that is no object', 'data: null\n\n' + done],
  ])('gives the text that came with %s, then fails', async (_name, rest) => {
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).end(hello + rest);
    const request = { messages: [{ role: 'user' as const, content: 'x' }], model: 'x' };
    const chunks: ChatChunk[] = [];
    const reading = (async () => {
      for await (const chunk of await sut.stream(request, new AbortController().signal)) chunks.push(chunk);
    })();

    await expect(reading).rejects.toMatchObject({
      code: 'provider_failed',
      message: expect.not.stringContaining('PROVIDER TEXT'),
    });
    expect(textOf(chunks)).toBe('Hello');
  });

  it.each<[string, object, string]>([
    ['the first name that says something', { reasoning_content: '', reasoning: 'Hmm' }, 'Hmm'],
    ['one name when both say it', { reasoning_content: 'Hmm', reasoning: 'Hmm' }, 'Hmm'],
    ['parts', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hmm' }] }] }, 'Hmm'],
    ['a part with a text', { content: [{ type: 'thinking', thinking: 'Hmm' }] }, 'Hmm'],
  ])('takes reasoning from %s', async (_name, delta, expected) => {
    const chunks = await read(choice({ delta }) + hello + stop + done);

    expect(chunks.map((chunk) => (chunk.type === 'reasoning' ? chunk.text : '')).join('')).toBe(expected);
    expect(textOf(chunks)).toBe('Hello');
  });

  it.each<[string, object, number[]]>([
    ['as text', { usage: { prompt_tokens: '3', completion_tokens: 2 } }, [3, 2, 5]],
    [
      'of Groq',
      { x_groq: { usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } } },
      [3, 2, 5],
    ],
    ['that is none', { usage: { prompt_tokens: {}, completion_tokens: -1, total_tokens: 'x' } }, [0, 0, 0]],
  ])('reads a usage %s', async (_name, fields, [inputTokens, outputTokens, totalTokens]) => {
    const chunks = await read(hello + stop + completionEvent({ choices: [], ...fields }) + done);

    expect(chunks.at(-1)).toEqual({ type: 'usage', usage: { inputTokens, outputTokens, totalTokens } });
  });

  it.each<[string, number, Record<string, string>]>([
    ['a page', 200, { 'Content-Type': 'text/html; charset=utf-8' }],
    ['a document', 200, { 'Content-Type': 'application/json' }],
    ['a problem', 200, { 'Content-Type': 'application/problem+json' }],
    ['lines of JSON', 200, { 'Content-Type': 'application/x-ndjson' }],
    ['a promise for later', 202, STREAM_HEADERS],
    ['no content', 204, {}],
  ])('does not accept %s for a stream', async (_name, status, headers) => {
    upstream.script = ({ response }) => response.writeHead(status, headers).end(hello + stop + done);
    const request = { messages: [{ role: 'user' as const, content: 'x' }], model: 'x' };

    await expect(sut.stream(request, new AbortController().signal)).rejects.toMatchObject({
      code: 'provider_failed',
    });
  });

  it.each([{}, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'Text/Event-Stream;charset=UTF-8' }])(
    'reads a stream of the type %j',
    async (headers) => {
      upstream.script = ({ response }) => response.writeHead(200, headers).end(hello + stop + done);
      const request = { messages: [{ role: 'user' as const, content: 'x' }], model: 'x' };
      const chunks: ChatChunk[] = [];
      for await (const chunk of await sut.stream(request, new AbortController().signal)) chunks.push(chunk);

      expect(textOf(chunks)).toBe('Hello');
    },
  );

  it('names a field that the service calls wrong as its caller does', async () => {
    upstream.script = ({ response }) =>
      response
        .writeHead(400)
        .end('{"error":{"message":"too many","param":"max_tokens","code":"invalid_value"}}');
    const request = { messages: [], model: 'x', maxTokens: 9 };

    await expect(sut.stream(request, new AbortController().signal)).rejects.toMatchObject({
      code: 'provider_rejected',
      param: 'maxTokens',
    });
  });

  it('takes a deeply nested event for what it is', async () => {
    const deep = '['.repeat(90_000) + ']'.repeat(90_000);

    expect(textOf(await read(`${hello}data: {"x":${deep}}\n\n${stop}${done}`))).toBe('Hello');
  });

  it.each([
    ['a line', 'data: x'],
    ['many lines', 'data: x\ndata: x\n'],
  ])('leaves a service that sends %s without an end after its bound', async (_name, text) => {
    let sentBytes = 0;
    upstream.script = async ({ response }) => {
      response.writeHead(200, STREAM_HEADERS);
      while (!response.destroyed && sentBytes < 50_000_000) {
        const piece = (sentBytes === 0 ? text : text.replace(/^data: x$/, 'x')).repeat(10_000);
        sentBytes += piece.length;
        await new Promise((sent) => response.write(piece, sent));
      }
    };
    const request = { messages: [], model: 'x' };
    const reading = (async () => {
      for await (const _chunk of await sut.stream(request, new AbortController().signal));
    })();

    await expect(reading).rejects.toMatchObject({ code: 'provider_failed' });
    await (
      await upstream.exchange(0)
    ).closed;
    // The bound is 1 MB; the rest is what the sockets hold.
    expect(sentBytes).toBeLessThan(20_000_000);
  });

  it('fails instead of buffering an event without an end', async () => {
    await expect(read(`data: ${'x'.repeat(5_000_000)}`)).rejects.toMatchObject({ code: 'provider_failed' });
  });

  it('reads every split of the bytes alike', async () => {
    const body = Buffer.from(`${ROLE_EVENT}${deltaEvent('안녕 👨‍👩‍👧')}${deltaEvent('\r\n끝')}${ENDING_EVENTS}`);
    for (let at = 1; at < body.length; at += 7) {
      expect(textOf(await read(body.subarray(0, at), body.subarray(at)))).toBe('안녕 👨‍👩‍👧\r\n끝');
    }
  });

  it('closes the connection when its reader leaves', async () => {
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).write(deltaEvent('a'));
    const request = { messages: [], model: 'x' };
    for await (const _chunk of await sut.stream(request, new AbortController().signal)) break;

    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });
});
