import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import {
  answer,
  beginAnswer,
  completionEvent,
  deltaEvent,
  ENDING_EVENTS,
  refuse,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { openSse, postJson, textOf } from '../support/sse-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { waitFor } from '../support/wait-for.js';

describe('how a reader wants its run', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let chat: string;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, overrides);
    chat = `${running.url}/chat`;
  }

  /** The run once the provider's answer is in its log: from then on only the pace holds a reader up. */
  async function answered(runId: string): Promise<object> {
    let state = { status: 'running' };
    await waitFor(async () => {
      state = (await (await fetch(`${chat}/runs/${runId}`)).json()) as { status: string };
      return state.status !== 'running';
    }, 'the answer to be in the log');
    return state;
  }

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    await running?.close();
    await upstream.close();
  });

  it('paces a reader by whole characters while the provider is read at full speed', async () => {
    await start();
    upstream.script = answer('안녕', ' 👨‍👩', '‍👧!');
    const stream = await openSse(`${chat}?text=Hi&pace=grapheme:5`);
    const run = (await stream.next())!;
    const first = (await stream.next())!;
    const state = await answered(String(run.data.runId));
    const events = [first, ...(await stream.rest())];
    const deltas = events.filter(({ event }) => event === 'delta').map(({ data }) => data.text);

    expect(state).toMatchObject({ status: 'done', text: '안녕 👨‍👩‍👧!' });
    expect(deltas).toEqual(['안', '녕', ' ', '👨‍👩‍👧', '!']);
    expect(events.at(-1)?.event).toBe('done');
  });

  it('paces by words, and takes the pace of a body, too', async () => {
    await start();
    upstream.script = answer('One two, three.');
    const events = await (
      await openSse(chat, postJson({ text: 'Hi', pace: { unit: 'word', intervalMs: 1 } }))
    ).rest();

    expect(events.filter(({ event }) => event === 'delta').map(({ data }) => data.text)).toEqual([
      'One',
      ' two,',
      ' three.',
    ]);
  });

  it('sends more at once to a reader who is further behind than maxLagMs', async () => {
    await start();
    upstream.script = answer('x'.repeat(1_000));
    const events = await (await openSse(`${chat}?text=Hi&pace=grapheme:100:200`)).rest();

    expect(textOf(events)).toHaveLength(1_000);
    expect(events.length).toBeLessThan(100);
  });

  it('resumes in the middle of a delta', async () => {
    await start();
    upstream.script = answer('Hello there');
    const stream = await openSse(`${chat}?text=Hi&pace=grapheme:1`);
    const seen = [
      (await stream.next())!,
      (await stream.next())!,
      (await stream.next())!,
      (await stream.next())!,
    ];
    stream.drop();
    const id = seen.at(-1)!.id!;
    const url = `${chat}/runs/${String(seen[0]!.data.runId)}/events`;
    const byHeader = await (await openSse(url, { headers: { 'Last-Event-ID': id } })).rest();
    const byQuery = await (await openSse(`${url}?after=${id.split(':')[1]}&pace=word:1`)).rest();

    expect(id).toMatch(/:2\.3$/);
    expect(textOf(seen)).toBe('Hel');
    expect(textOf([...seen, ...byHeader])).toBe('Hello there');
    expect(textOf([...seen, ...byQuery])).toBe('Hello there');
  });

  it.each(['grapheme', 'grapheme:0', 'syllable:5', 'grapheme:5:x', 'grapheme:5:5:5', 'word:99999'])(
    'refuses the pace %s',
    async (pace) => {
      await start();
      const response = await fetch(`${chat}?text=Hi&pace=${pace}`);

      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: { param: string } };
      expect(error.param).toMatch(/^pace/);
      expect(upstream.exchanges).toHaveLength(0);
    },
  );

  it('gives a page that listens to message only the plain text, with its line breaks', async () => {
    await start();
    upstream.script = answer('One\n', 'two 👨‍👩‍👧\n\n', 'three');
    const source = new EventSource(`${chat}?text=Hi&format=text&pace=grapheme:1`);
    let text = '';
    source.addEventListener('message', ({ data }) => (text += data as string));
    await new Promise<void>((resolve) => source.addEventListener('done', () => resolve()));
    source.close();

    expect(text).toBe('One\ntwo 👨‍👩‍👧\n\nthree');
  });

  it('tells a plain-text reader of a failure by name', async () => {
    await start();
    upstream.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).end(deltaEvent('Hal'));
    const events = await (await openSse(`${chat}?text=Hi&format=text`)).rest();

    expect(events.map(({ event }) => event)).toEqual(['message', 'failed']);
    expect(events[0]?.raw).toBe('Hal');
  });

  it('sends heartbeats as events whose id keeps the place, for clients that hide comments', async () => {
    await start({ CHAT_HEARTBEAT_MS: '20' });
    upstream.script = beginAnswer('Hal');
    const stream = await openSse(`${chat}?text=Hi&heartbeat=event`);
    await stream.next();
    let delta = await stream.next();
    // There may have been time for some before it.
    while (delta?.event === 'ping') delta = await stream.next();
    const ping = await stream.next();

    expect(ping).toMatchObject({ event: 'ping', id: delta?.id, data: { seq: 2 } });
    expect(stream.comments).toEqual([]);
  });

  it('sends no heartbeat to a reader who wants none', async () => {
    await start({ CHAT_HEARTBEAT_MS: '5' });
    upstream.script = beginAnswer('Hal');
    const silent = await openSse(`${chat}?text=Hi&heartbeat=none&requestId=one`);
    const other = await openSse(`${chat}?text=Hi&heartbeat=event&requestId=one`);
    while ((await other.next())?.event !== 'ping');
    (await upstream.exchange(0)).response.end(ENDING_EVENTS);
    const events = await silent.rest();

    expect(events.map(({ event }) => event)).toEqual(['run', 'delta', 'sentence', 'usage', 'done']);
    expect(silent.comments).toEqual([]);
  });

  it('answers 202 with the address of the run to a caller who will not wait', async () => {
    await start({ CHAT_GRACE_MS: '1' });
    upstream.script = beginAnswer('Hel');
    const response = await fetch(chat, postJson({ text: 'Hi' }, { Prefer: 'respond-async' }));
    const { runId, eventsUrl } = (await response.json()) as { runId: string; eventsUrl: string };
    (await upstream.exchange(0)).response.end(deltaEvent('lo') + ENDING_EVENTS);
    const events = await (await openSse(running.url + eventsUrl)).rest();

    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(eventsUrl);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    expect(eventsUrl).toBe(`/chat/runs/${runId}/events`);
    expect(textOf(events)).toBe('Hello');
  });

  it('answers a refusal with its status to a caller who will not wait, too', async () => {
    await start();
    upstream.script = refuse(429);

    expect((await fetch(chat, postJson({ text: 'Hi' }, { Prefer: 'respond-async' }))).status).toBe(429);
  });

  it('announces sentences as soon as they are complete, with their places in the text', async () => {
    await start();
    upstream.script = beginAnswer('Hello Dr. Kim. How ');
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    const events = [(await stream.next())!, (await stream.next())!, (await stream.next())!];
    (await upstream.exchange(0)).response.end(deltaEvent('are you?') + ENDING_EVENTS);
    events.push(...(await stream.rest()));
    const sentences = events.filter(({ event }) => event === 'sentence').map(({ data }) => data);

    expect(events[2]?.event).toBe('sentence');
    expect(sentences).toMatchObject([
      { index: 0, start: 0, end: 14 },
      { index: 1, start: 15, end: 27 },
    ]);
  });

  it('passes reasoning on apart from the answer', async () => {
    await start();
    upstream.script = ({ response }) =>
      response
        .writeHead(200, STREAM_HEADERS)
        .end(
          completionEvent({ choices: [{ index: 0, delta: { reasoning_content: 'Hm.' } }] }) +
            deltaEvent('Yes') +
            ENDING_EVENTS,
        );
    const events = await (await openSse(chat, postJson({ text: 'Hi' }))).rest();

    expect(events[1]).toMatchObject({ event: 'reasoning', data: { text: 'Hm.' } });
    expect(textOf(events)).toBe('Yes');
  });

  it('does not let an effect hold a shutdown up', async () => {
    await start();
    upstream.script = answer('x'.repeat(500));
    const stream = await openSse(`${chat}?text=Hi&pace=grapheme:2000`);
    const run = (await stream.next())!;
    await stream.next();
    await answered(String(run.data.runId));
    const closing = running.close();
    const events = await stream.rest();
    await closing;

    expect(events.at(-1)?.event).toBe('done');
    expect(textOf(events)).toHaveLength(499);
  });
});
