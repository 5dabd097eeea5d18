import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import {
  answer,
  beginAnswer,
  refuse,
  startFakeOpenAiChat,
  type Exchange,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { openSse, postJson, textOf } from '../support/sse-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

const GREETING = { name: 'Min', relation: 'grandmother', reason: 'birthday', manner: 'warm', max_length: 20 };

function systemOf({ body }: Exchange): string {
  return (body.messages as { content: string }[])[0]!.content;
}

describe('/chat/templates', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let templates: string;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, overrides);
    templates = `${running.url}/chat/templates`;
  }

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    await running?.close();
    await upstream.close();
  });

  it('lists every template with the schema of its variables', async () => {
    await start();
    const { templates: list } = (await (await fetch(templates)).json()) as {
      templates: { name: string; variables: { required: string[]; properties: object } }[];
    };

    expect(list.map(({ name }) => name)).toEqual([
      'advanced-summary',
      'greeting',
      'interview-feedback',
      'mock-interview',
      'transcript-correction',
    ]);
    const greeting = list.find(({ name }) => name === 'greeting')!.variables;
    expect(greeting.required).toEqual(['relation', 'reason', 'manner']);
    expect(greeting.properties).toHaveProperty('max_length');
  });

  it('asks for a greeting as the original service did', async () => {
    await start();
    const events = await (await openSse(`${templates}/greeting`, postJson(GREETING))).rest();
    const { body } = await upstream.exchange(0);

    expect(events[0]?.data).toMatchObject({ template: 'greeting' });
    expect(textOf(events)).toBe('Hello');
    expect(body).toMatchObject({
      temperature: 1,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      max_tokens: 1024,
    });
    expect(JSON.stringify(body.messages)).toMatch(/Min \(grandmother\).*birthday.*warm/);
  });

  it('respects max_length, in characters as a reader counts them, and stops the provider there', async () => {
    await start();
    upstream.script = beginAnswer('축하 👨‍👩‍', '👧!!!! and much more');
    const events = await (
      await openSse(`${templates}/greeting`, postJson({ ...GREETING, max_length: 5 }))
    ).rest();
    await (
      await upstream.exchange(0)
    ).closed;

    expect(textOf(events)).toBe('축하 👨‍👩‍👧!');
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { finishReason: 'length' } });
  });

  it('keeps the status of a request that the provider refuses', async () => {
    await start();
    upstream.script = refuse(400);

    expect((await fetch(`${templates}/greeting`, postJson(GREETING))).status).toBe(400);
  });

  it.each(['Authorization', 'X-API-Key', 'Secret'])(
    'takes the key from the header %s, and refuses a wrong one before anything is spent',
    async (header) => {
      await start({ API_KEYS: `a:${createHash('sha256').update('key-a').digest('hex')}` });
      const prefix = header === 'Authorization' ? 'Bearer ' : '';
      const ask = (key: string): Promise<Response> =>
        fetch(`${templates}/greeting`, postJson(GREETING, { [header]: prefix + key }));

      expect((await ask('wrong')).status).toBe(401);
      expect(upstream.exchanges).toHaveLength(0);
      expect((await ask('key-a')).status).toBe(200);
    },
  );

  it.each([
    ['a missing variable', { ...GREETING, reason: undefined }, 'reason'],
    ['a variable of a wrong type', { ...GREETING, relation: 7 }, 'relation'],
    ['a length out of range', { ...GREETING, max_length: 0 }, 'max_length'],
    ['an unknown variable', { ...GREETING, colour: 'red' }, 'colour'],
  ])('refuses %s with 400', async (_name, body, param) => {
    await start();
    const response = await fetch(`${templates}/greeting`, postJson(body));

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param } });
  });

  it('answers 404 for a template that is not there', async () => {
    await start();

    expect((await fetch(`${templates}/nothing`, postJson({}))).status).toBe(404);
  });

  it('refuses too much text with 413', async () => {
    await start({ CHAT_MAX_INPUT_CHARS: '100' });
    const response = await fetch(`${templates}/transcript-correction`, postJson({ text: 'x'.repeat(101) }));

    expect(response.status).toBe(413);
  });

  it('types interview feedback out for a plain EventSource, without ever asking twice', async () => {
    await start();
    upstream.script = answer('좋은 ', '답변\n입니다 👨‍👩‍👧');
    const query = new URLSearchParams({
      question: 'Why us?',
      answer: 'Money',
      format: 'text',
      pace: 'grapheme:1',
    });
    const source = new EventSource(`${templates}/interview-feedback?${query.toString()}`);
    let text = '';
    source.addEventListener('message', ({ data }) => (text += data as string));
    await new Promise<void>((resolve) => {
      source.addEventListener('error', () => source.readyState === EventSource.CLOSED && resolve());
    });

    expect(text).toBe('좋은 답변\n입니다 👨‍👩‍👧');
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('shows the steps and sources of a summary apart from its text', async () => {
    await start();
    upstream.script = (exchange) =>
      answer(systemOf(exchange).startsWith('Write a summary') ? 'The summary.' : 'NOTES')(exchange);
    const sources = [{ title: 'Book', url: 'https://a.example/book', snippet: 'It says so.' }];
    const stream = await openSse(
      `${templates}/advanced-summary`,
      postJson({ text: 'A line.\n'.repeat(2_000), sources }),
    );
    const events = await stream.rest();
    const steps = events
      .filter(({ event }) => event === 'step')
      .map(({ data }) => `${String(data.name)} ${String(data.status)}`);

    expect(events[1]).toMatchObject({
      event: 'source',
      data: {
        sourceId: 'source-1',
        index: 1,
        kind: 'document',
        title: 'Book',
        url: 'https://a.example/book',
      },
    });
    expect(steps.slice(0, 2)).toEqual(['key-points started', 'terms started']);
    expect(steps.slice(-2)).toEqual(['summary started', 'summary done']);
    expect(events.filter(({ data }) => data.status === 'progress').map(({ data }) => data.detail)).toEqual([
      '1 of 2',
      '2 of 2',
    ]);
    expect(textOf(events)).toBe('The summary.');
    expect(events.at(-2)?.data).toMatchObject({ inputTokens: 7 * 4, totalTokens: 12 * 4, estimated: false });
    expect(upstream.exchanges).toHaveLength(4);
  });

  it('asks for independent parts of a chain at the same time', async () => {
    await start();
    const drafts: Exchange[] = [];
    upstream.script = (exchange) => {
      if (!systemOf(exchange).startsWith('Draft')) return answer('Done.')(exchange);
      // Neither is answered before both have come.
      drafts.push(exchange);
      if (drafts.length === 2) for (const draft of drafts) void answer('1. Why?')(draft);
    };
    const response = await fetch(
      `${templates}/mock-interview`,
      postJson({ position: 'Baker', count: 2 }, { Accept: 'application/json' }),
    );

    expect(await response.json()).toMatchObject({
      status: 'done',
      text: 'Done.',
      template: 'mock-interview',
      steps: expect.arrayContaining([
        expect.objectContaining({ name: 'technical-questions', status: 'done' }),
      ]),
    });
  });

  it('ends a chain whose middle fails with failed, the step named, and the calls beside it stopped', async () => {
    await start();
    const beside: Promise<void>[] = [];
    upstream.script = (exchange) => {
      const system = systemOf(exchange);
      if (!system.startsWith('Draft')) return answer('x')(exchange);
      if (system.includes('knowledge')) {
        beside.push(exchange.closed);
        return beginAnswer('never ending')(exchange);
      }
      exchange.response.writeHead(500).end('{}');
    };
    const events = await (
      await openSse(`${templates}/mock-interview`, postJson({ position: 'Baker' }))
    ).rest();
    await Promise.all(beside);

    expect(events.at(-1)).toMatchObject({ event: 'failed', data: { code: 'provider_failed' } });
    expect(events.at(-2)).toMatchObject({ event: 'usage', data: { estimated: true } });
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'step',
        data: expect.objectContaining({ name: 'personal-questions', status: 'failed' }),
      }),
    );
  });

  it('corrects a transcript at temperature 0', async () => {
    await start();
    await (await openSse(`${templates}/transcript-correction`, postJson({ text: 'helo wurld' }))).rest();

    expect((await upstream.exchange(0)).body.temperature).toBe(0);
  });

  it('gives the same run to the same requestId, and refuses other variables under it', async () => {
    await start();
    const ask = (name: string): Promise<Response> =>
      fetch(`${templates}/greeting`, postJson({ ...GREETING, name, requestId: 'r-1' }));
    await (await ask('Min')).text();

    expect(await (await ask('Min')).text()).toContain('Hello');
    expect((await ask('Jun')).status).toBe(400);
    expect(upstream.exchanges).toHaveLength(1);
  });
});
