import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import {
  beginAnswer,
  deltaEvent,
  ENDING_EVENTS,
  refuse,
  answer,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { openSse, postJson, textOf, type SseEvent, type SseStream } from '../support/sse-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

describe('runs that outlive their connections', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let chat: string;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, overrides);
    chat = `${running.url}/chat`;
  }

  /** Begins a run whose first delta is `Hel`, and reads it. */
  async function begin(body: object = {}): Promise<{ stream: SseStream; seen: SseEvent[]; runId: string }> {
    upstream.script = beginAnswer('Hel');
    const stream = await openSse(chat, postJson({ text: 'Hi', ...body }));
    const seen = [(await stream.next())!, (await stream.next())!];
    return { stream, seen, runId: String(seen[0]!.data.runId) };
  }

  async function finish(index = 0): Promise<void> {
    (await upstream.exchange(index)).response.end(deltaEvent('lo') + ENDING_EVENTS);
  }

  const eventsOf = (runId: string, headers: Record<string, string> = {}, query = ''): Promise<SseStream> =>
    openSse(`${chat}/runs/${runId}/events${query}`, { headers });

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat();
  });

  afterEach(async () => {
    await running?.close();
    await upstream.close();
  });

  it.each<[string, (id: string) => [Record<string, string>, string]]>([
    ['Last-Event-ID', (id) => [{ 'Last-Event-ID': id }, '']],
    ['?after=', (id) => [{}, `?after=${id.split(':')[1]}`]],
  ])('resumes after the last event seen, by %s, with one call to the provider', async (_name, where) => {
    await start();
    const { stream, seen, runId } = await begin();
    stream.drop();
    const resumed = await eventsOf(runId, ...where(seen.at(-1)!.id!));
    await finish();
    const rest = await resumed.rest();

    expect(textOf([...seen, ...rest])).toBe('Hello');
    expect(rest.map(({ data }) => data.seq)).toEqual([3, 4, 5, 6]);
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('lets a run go on for its grace time, and stops it then', async () => {
    await start();
    const { stream, runId } = await begin({ graceMs: 1 });
    stream.drop();
    await (
      await upstream.exchange(0)
    ).closed;

    const state = await (await fetch(`${chat}/runs/${runId}`)).json();
    expect(state).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'disconnect',
      text: 'Hel',
      usage: { estimated: true },
    });
  });

  it('lets a run go on without readers when asked to', async () => {
    await start({ CHAT_GRACE_MS: '1' });
    const { stream, runId } = await begin({ onDisconnect: 'continue' });
    stream.drop();
    await finish();
    const events = await (await eventsOf(runId)).rest();

    expect(textOf(events)).toBe('Hello');
    expect(events.at(-1)?.event).toBe('done');
  });

  it('stops the provider on an explicit cancel, and tells every reader', async () => {
    await start();
    const { stream, runId } = await begin();
    const other = await eventsOf(runId);
    const cancelled = await fetch(`${chat}/runs/${runId}/cancel`, { method: 'POST' });
    await (
      await upstream.exchange(0)
    ).closed;

    expect(cancelled.status).toBe(200);
    expect(await cancelled.json()).toMatchObject({ status: 'cancelled', cancelledBy: 'user', text: 'Hel' });
    expect((await stream.rest()).map(({ event }) => event)).toEqual(['usage', 'cancelled']);
    expect((await other.rest()).at(-1)?.data).toMatchObject({ by: 'user', partial: true });
  });

  it('takes a second cancel, also of a finished run, as no error', async () => {
    await start();
    const { stream, runId } = await begin();
    await finish();
    await stream.rest();
    const response = await fetch(`${chat}/runs/${runId}/cancel`, { method: 'POST' });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'done', text: 'Hello' });
  });

  it('shows two browsers on one run the same', async () => {
    await start();
    const { stream, seen, runId } = await begin();
    const other = await eventsOf(runId);
    await finish();
    const mine = [...seen, ...(await stream.rest())];

    expect(await other.rest()).toEqual(mine);
  });

  it('gives requests with the same requestId the same run', async () => {
    await start();
    const { stream, seen } = await begin({ requestId: 'question-1' });
    const again = await openSse(chat, postJson({ text: 'Hi', requestId: 'question-1' }));
    await finish();
    const mine = [...seen, ...(await stream.rest())];

    expect(await again.rest()).toEqual(mine);
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('refuses a requestId that was used for another request', async () => {
    await start();
    await begin({ requestId: 'question-1' });
    const response = await fetch(chat, postJson({ text: 'Bye', requestId: 'question-1' }));

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param: 'requestId' } });
  });

  it('lets a requestId try again that the provider had refused', async () => {
    await start();
    const ask = (): Promise<Response> => fetch(chat, postJson({ text: 'Hi', requestId: 'question-1' }));
    upstream.script = refuse(429);
    expect((await ask()).status).toBe(429);
    upstream.script = answer('now');

    expect(await (await ask()).text()).toContain('now');
  });

  it('answers 204 to a reader who has seen the ending', async () => {
    await start();
    const { stream, runId } = await begin();
    await finish();
    const last = (await stream.rest()).at(-1)!;

    expect((await eventsOf(runId, { 'Last-Event-ID': last.id! })).status).toBe(204);
    expect((await eventsOf(runId, {}, `?after=${last.data.seq as number}`)).status).toBe(204);
  });

  it.each([
    ['?text=Hi', 'one that never heard of requestId'],
    ['?text=Hi&requestId=q-1', 'one that names its request'],
  ])(
    'lets an EventSource stop by itself at the end of %s (%s), with one call to the provider',
    async (query) => {
      await start();
      upstream.script = answer('Hello');
      const source = new EventSource(`${chat}${query}`);
      let text = '';
      let endings = 0;
      source.addEventListener(
        'delta',
        ({ data }) => (text += (JSON.parse(data as string) as { text: string }).text),
      );
      source.addEventListener('done', () => (endings += 1));
      await new Promise<void>((resolve) => {
        // It reconnects after the end of the stream, and is told to stop by a 204.
        source.addEventListener('error', () => source.readyState === EventSource.CLOSED && resolve());
      });

      expect(text).toBe('Hello');
      expect(endings).toBe(1);
      expect(upstream.exchanges).toHaveLength(1);
    },
  );

  it('lets an EventSource come back after a cut, without paying again', async () => {
    await start();
    upstream.script = beginAnswer('Hel');
    const source = new EventSource(`${chat}?text=Hi`);
    let text = '';
    const firstDelta = new Promise<void>((resolve) => {
      source.addEventListener('delta', ({ data }) => {
        text += (JSON.parse(data as string) as { text: string }).text;
        resolve();
      });
    });
    const done = new Promise<void>((resolve) => source.addEventListener('done', () => resolve()));
    await firstDelta;
    const reopened = new Promise<void>((resolve) => source.addEventListener('open', () => resolve()));
    running.app.getHttpServer().closeAllConnections();
    await reopened;
    await finish();
    await done;
    source.close();

    expect(text).toBe('Hello');
    expect(upstream.exchanges).toHaveLength(1);
  });

  it.each([
    ['/chat', { text: 'Hi' }],
    ['/chat/templates/transcript-correction', { text: 'Hi' }],
  ])('resumes a POST of %s that comes again with Last-Event-ID, without paying again', async (path, body) => {
    await start();
    upstream.script = beginAnswer('Hel');
    const first = await openSse(running.url + path, postJson(body));
    const seen = [(await first.next())!, (await first.next())!];
    first.drop();
    const again = await openSse(running.url + path, postJson(body, { 'Last-Event-ID': seen.at(-1)!.id! }));
    await finish();
    const rest = await again.rest();
    const ended = await openSse(running.url + path, postJson(body, { 'Last-Event-ID': rest.at(-1)!.id! }));

    expect(textOf([...seen, ...rest])).toBe('Hello');
    expect(rest.at(-1)?.event).toBe('done');
    expect(ended.status).toBe(204);
    expect(upstream.exchanges).toHaveLength(1);
  });

  it('begins nothing for a POST with the Last-Event-ID of no run', async () => {
    await start();
    const again = await openSse(chat, postJson({ text: 'Hi' }, { 'Last-Event-ID': 'run_of-yesterday:3' }));

    expect(again.status).toBe(404);
    expect(upstream.exchanges).toHaveLength(0);
  });

  it('begins and stops nothing for HEAD', async () => {
    await start();
    const { runId, stream } = await begin({ graceMs: 0, onDisconnect: 'continue' });
    stream.drop();
    const statuses: number[] = [];
    for (const path of [
      '/chat?text=Hi',
      '/chat/templates/transcript-correction?text=Hi',
      `/chat/runs/${runId}/events`,
      '/chat/templates',
      '/chat',
      '/chat/templates/none',
      '/chat/runs/run_none/events',
    ])
      statuses.push((await fetch(running.url + path, { method: 'HEAD' })).status);

    expect(statuses).toEqual([200, 200, 200, 200, 400, 404, 404]);
    expect(upstream.exchanges).toHaveLength(1);
    expect(await (await fetch(`${chat}/runs/${runId}`)).json()).toMatchObject({ status: 'running' });
  });

  it('begins a new run for another question, whatever Last-Event-ID says', async () => {
    await start();
    const { seen } = await begin();
    await finish();
    upstream.script = answer('Else');
    const stream = await openSse(`${chat}?text=Other`, { headers: { 'Last-Event-ID': seen[1]!.id! } });

    expect(textOf(await stream.rest())).toBe('Else');
  });

  it('answers 404 for a run that never was', async () => {
    await start();
    const response = await eventsOf('run_unknown');

    expect(response.status).toBe(404);
  });

  it('answers 404 to an EventSource whose run is gone with the server, so that it stops', async () => {
    await start();
    const stream = await openSse(`${chat}?text=Hi`, { headers: { 'Last-Event-ID': 'run_of-yesterday:3' } });

    expect(stream.status).toBe(404);
    expect(upstream.exchanges).toHaveLength(0);
  });

  it('answers 410 for a run that is no longer kept', async () => {
    await start({ CHAT_MAX_KEPT_RUNS: '1' });
    const first = await begin();
    await finish(0);
    await first.stream.rest();
    const second = await begin();
    await finish(1);
    await second.stream.rest();
    const response = await fetch(`${chat}/runs/${first.runId}`);

    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ error: { code: 'resume_expired' } });
    expect((await fetch(`${chat}/runs/${second.runId}`)).status).toBe(200);
  });

  it('keeps the runs of a tenant, however many another one begins', async () => {
    await start({
      API_KEYS: `a:${hashOf('key-a')},b:${hashOf('key-b')}`,
      CHAT_MAX_KEPT_RUNS: '2',
    });
    upstream.script = answer('Hello');
    const ask = async (key: string): Promise<string> => {
      const headers = { Authorization: `Bearer ${key}` };
      const events = await (await openSse(chat, postJson({ text: 'Hi' }, headers))).rest();
      return String(events[0]!.data.runId);
    };
    const theirs = await ask('key-b');
    const mine: string[] = [];
    for (let count = 0; count < 4; count += 1) mine.push(await ask('key-a'));
    const status = async (runId: string, key: string): Promise<number> =>
      (await fetch(`${chat}/runs/${runId}`, { headers: { Authorization: `Bearer ${key}` } })).status;

    expect(await status(theirs, 'key-b')).toBe(200);
    expect(await Promise.all(mine.map((runId) => status(runId, 'key-a')))).toEqual([410, 410, 410, 200]);
  });

  it.each(['nonsense', '-1', '1.x', '1e3'])('refuses ?after=%s with 400', async (after) => {
    await start();
    const { runId } = await begin();
    const response = await fetch(`${chat}/runs/${runId}/events?after=${after}`);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'after' } });
  });

  it('gives a reader who comes late a snapshot of what is no longer kept one by one', async () => {
    await start({ CHAT_RUN_LOG_BYTES: '1024' });
    upstream.script = async ({ response }) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (let count = 0; count < 40; count += 1)
        await new Promise((sent) => response.write(deltaEvent(`word${count} `), () => setImmediate(sent)));
      response.end(ENDING_EVENTS);
    };
    const stream = await openSse(chat, postJson({ text: 'Hi' }));
    const events = await stream.rest();
    const late = await (await eventsOf(String(events[0]!.data.runId))).rest();

    expect(late.map(({ event }) => event)).toContain('snapshot');
    expect(textOf(late)).toBe(textOf(events));
    expect(late.at(-1)).toEqual(events.at(-1));
  });

  it('hides a run from other tenants', async () => {
    await start({ API_KEYS: `a:${hashOf('key-a')},b:${hashOf('key-b')}` });
    upstream.script = beginAnswer('Hel');
    const mine = { Authorization: 'Bearer key-a' };
    const theirs = { Authorization: 'Bearer key-b' };
    const stream = await openSse(chat, postJson({ text: 'Hi', requestId: 'same' }, mine));
    const { runId } = (await stream.next())!.data;
    const statuses = await Promise.all([
      fetch(`${chat}/runs/${String(runId)}`, { headers: theirs }),
      fetch(`${chat}/runs/${String(runId)}/events`, { headers: theirs }),
      fetch(`${chat}/runs/${String(runId)}/cancel`, { method: 'POST', headers: theirs }),
      fetch(`${chat}/runs/${String(runId)}`),
    ]);
    const other = await openSse(chat, postJson({ text: 'Hi', requestId: 'same' }, theirs));

    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 401]);
    expect((await other.next())?.data.runId).not.toBe(runId);
  });
});
