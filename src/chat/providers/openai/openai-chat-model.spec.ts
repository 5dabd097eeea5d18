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
import { createOpenAiClient } from '../../../openai/openai-client.js';
import type { ChatChunk } from '../../chat-model.js';
import { OpenAiChatModel } from './openai-chat-model.js';

describe(OpenAiChatModel.name, () => {
  let upstream: FakeOpenAiChat;
  let sut: OpenAiChatModel;

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
    const endpoint = {
      baseUrl: upstream.url,
      apiKey: undefined,
      maxRetries: 0,
      connectTimeoutMs: 5_000,
      headersTimeoutMs: 5_000,
    };
    sut = new OpenAiChatModel(createOpenAiClient(endpoint));
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
    ['[DONE] without a finish', `${deltaEvent('a')}data: [DONE]\n\n`],
    ['a finish without [DONE]', deltaEvent('a') + ENDING_EVENTS.replace('data: [DONE]\n\n', '')],
    ['an error', 'data: {"error":{"message":"PROVIDER TEXT"}}\n\n'],
  ])('fails when it gets %s', async (_name, body) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'provider_failed',
      message: expect.not.stringContaining('PROVIDER TEXT'),
    });
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
