import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseEventStream, type WireEvent } from '../support/http/parse-event-stream.js';
import { FramingError, type WireResponse } from '../support/http/parse-response.js';
import { WireConnection, type WireRequest } from '../support/http/wire-connection.js';
import { postJson } from '../support/ask-speech.js';
import {
  answer,
  deltaEvent,
  ENDING_EVENTS,
  refuse,
  ROLE_EVENT,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
  type UpstreamScript,
} from '../support/fake-openai-chat.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { waitFor } from '../support/wait-for.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const WORDS = Array.from({ length: 60 }, (_, index) => `w${index} 안녕.\n`);
const TEXT = WORDS.join('');
/** More than the buffers of a connection hold. */
const LONG = Array.from({ length: 600 }, (_, index) => `${index} ${'x'.repeat(100)}\n`);
const ENDINGS = ['done', 'failed', 'cancelled'];
const SPEECH = '/tts?input=Hello+there&format=wav';

let upstream: FakeOpenAiChat;
let folder: TemporaryFolder;
let sut: RunningApp;

/** Each delta in a turn of the event loop of its own, or several turns apart. */
function inTurns(words: readonly string[], turns: number): UpstreamScript {
  return async ({ response }) => {
    response.writeHead(200, STREAM_HEADERS);
    for (const piece of [ROLE_EVENT, ...words.map(deltaEvent)]) {
      response.write(piece);
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
    }
    response.end(ENDING_EVENTS);
  };
}

const cutInMidst: UpstreamScript = ({ response }) => {
  response.writeHead(200, STREAM_HEADERS);
  response.write(ROLE_EVENT + WORDS.map(deltaEvent).join(''), () => response.destroy());
};

const wholeAnswer: UpstreamScript = ({ response }) =>
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ id: 'c', object: 'chat.completion', choices: [{ message: { content: TEXT } }] }));

interface Route {
  /** What the route is asked for. */
  request: WireRequest | (() => Promise<WireRequest>);
  /** How the provider answers; a burst of words by default. */
  script?: UpstreamScript;
  shows: (response: WireResponse) => void | Promise<void>;
}

const get = (path: string, headers: Record<string, string> = {}): WireRequest => ({
  method: 'GET',
  path,
  headers,
});
const head = (path: string): WireRequest => ({ method: 'HEAD', path });
const post = (path: string, body: object | string, headers: Record<string, string> = {}): WireRequest => ({
  method: 'POST',
  path,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

function eventsOf(response: WireResponse): WireEvent[] {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return parseEventStream(response.body);
}

const payload = ({ data }: WireEvent): Record<string, unknown> => JSON.parse(data) as Record<string, unknown>;

/** A run's whole stream: events in order, the text exact, one ending and nothing behind it. */
const answers =
  (text: string, ending = 'done', fromSeq = 0) =>
  (response: WireResponse): void => {
    const events = eventsOf(response);
    const places = events.map(({ id }) => id!.split(':')[1]!.split('.').map(Number));
    const deltas = events.filter(({ event }) => event === 'delta');

    expect(deltas.map((event) => payload(event).text).join('')).toBe(text);
    expect(events.map(({ event }) => event).filter((name) => ENDINGS.includes(name!))).toEqual([ending]);
    expect(events.at(-1)!.event).toBe(ending);
    expect(places[0]![0]).toBeGreaterThan(fromSeq);
    expect(places).toEqual(places.toSorted(([a, x = Infinity], [b, y = Infinity]) => a! - b! || x - y));
  };

/** The plain words of `format=text`. */
const types =
  (text: string) =>
  (response: WireResponse): void => {
    const events = eventsOf(response);

    expect(events.at(-1)!.event).toBe('done');
    expect(
      events
        .slice(0, -1)
        .map(({ data }) => data)
        .join(''),
    ).toBe(text);
  };

const completes = (response: WireResponse): void => {
  const events = eventsOf(response);
  const choices = events.slice(0, -1).flatMap((event) => payload(event).choices as { delta?: object }[]);

  expect(events.at(-1)!.data).toBe('[DONE]');
  expect(choices.map(({ delta }) => (delta as { content?: string }).content ?? '').join('')).toBe(TEXT);
};

const isJson =
  (status: number, fields: object = {}) =>
  (response: WireResponse): void => {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(response.body.toString())).toMatchObject(fields);
  };

const refuses = (status: number, code: string): Route['shows'] => isJson(status, { error: { code } });

const isEmpty =
  (status: number) =>
  (response: WireResponse): void => {
    expect([response.status, response.body.length]).toEqual([status, 0]);
  };

/** A WAV file, whole or from a place on. */
const sounds =
  (status = 200, from = 0) =>
  async (response: WireResponse): Promise<void> => {
    const whole = Buffer.from(await (await fetch(`${sut.url}${SPEECH}`)).arrayBuffer());

    expect(response.status).toBe(status);
    expect(response.body.equals(whole.subarray(from))).toBe(true);
  };

async function endedRun(text: string = TEXT): Promise<{ runId: string; lastSeq: number }> {
  upstream.script = answer(text);
  const response = await postJson(
    `${sut.url}/chat`,
    { text: 'Hi' },
    {
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    },
  );
  return (await response.json()) as { runId: string; lastSeq: number };
}

async function isKept(): Promise<boolean> {
  const response = await fetch(`${sut.url}${SPEECH}`);
  await response.arrayBuffer();
  return response.headers.get('x-tts-cache') === 'hit';
}

async function clip(): Promise<string> {
  const response = await postJson(`${sut.url}/tts/clips`, { input: 'Hello there', format: 'wav' });
  return ((await response.json()) as { url: string }).url;
}

const JSON_WANTED = { Accept: 'application/json' };

const ROUTES: Record<string, Route> = {
  'POST /chat, the provider in a burst': { request: post('/chat', { text: 'Hi' }), shows: answers(TEXT) },
  'POST /chat, one word': {
    request: post('/chat', { text: 'Hi' }),
    script: answer('Hello'),
    shows: answers('Hello'),
  },
  'POST /chat, no word': { request: post('/chat', { text: 'Hi' }), script: answer(), shows: answers('') },
  'POST /chat, a word per turn': {
    request: post('/chat', { text: 'Hi' }),
    script: inTurns(WORDS, 1),
    shows: answers(TEXT),
  },
  'POST /chat, a word every fourth turn': {
    request: post('/chat', { text: 'Hi' }),
    script: inTurns(WORDS, 4),
    shows: answers(TEXT),
  },
  'POST /chat, a long answer': {
    request: post('/chat', { text: 'Hi' }),
    script: answer(...LONG),
    shows: answers(LONG.join('')),
  },
  'POST /chat, a provider that is cut': {
    request: post('/chat', { text: 'Hi' }),
    script: cutInMidst,
    shows: answers(TEXT, 'failed'),
  },
  'GET /chat': { request: get('/chat?text=Hi'), shows: answers(TEXT) },
  'GET /chat, ping events': { request: get('/chat?text=Hi&heartbeat=event'), shows: answers(TEXT) },
  'GET /chat, paced': { request: get('/chat?text=Hi&pace=grapheme:1:20'), shows: answers(TEXT) },
  'GET /chat, plain text': { request: get('/chat?text=Hi&format=text'), shows: types(TEXT) },
  'GET /chat, plain text, paced': {
    request: get('/chat?text=Hi&format=text&pace=word:1:20'),
    shows: types(TEXT),
  },
  'POST /chat, as JSON': {
    request: post('/chat', { text: 'Hi' }, JSON_WANTED),
    shows: isJson(200, { status: 'done', text: TEXT }),
  },
  'POST /chat, only the address': {
    request: post('/chat', { text: 'Hi' }, { Prefer: 'respond-async' }),
    shows: isJson(202, { runId: expect.stringMatching(/^run_/) }),
  },
  'POST /chat, refused by the provider': {
    request: post('/chat', { text: 'Hi' }),
    script: refuse(429),
    shows: refuses(429, 'provider_rate_limited'),
  },
  'POST /chat, refused as JSON': {
    request: post('/chat', { text: 'Hi' }, JSON_WANTED),
    script: refuse(400),
    shows: refuses(400, 'provider_rejected'),
  },
  'POST /chat, a bad field': { request: post('/chat', { text: 1 }), shows: refuses(400, 'bad_request') },
  'POST /chat, no JSON': { request: post('/chat', '{"text":'), shows: refuses(400, 'bad_request') },
  'POST /chat, too much': {
    request: post('/chat', { text: 'x'.repeat(200_001) }),
    shows: refuses(413, 'too_large'),
  },
  'GET of a run': {
    request: async () => get(`/chat/runs/${(await endedRun()).runId}`),
    shows: isJson(200, { text: TEXT }),
  },
  'POST cancel': {
    request: async () => post(`/chat/runs/${(await endedRun()).runId}/cancel`, {}),
    shows: isJson(200, { status: 'done' }),
  },
  'GET events': {
    request: async () => get(`/chat/runs/${(await endedRun()).runId}/events`),
    shows: answers(TEXT),
  },
  'GET events, resumed': {
    request: async () => {
      const { runId } = await endedRun(TEXT);
      return get(`/chat/runs/${runId}/events`, { 'Last-Event-ID': `${runId}:1` });
    },
    shows: answers(TEXT, 'done', 1),
  },
  'GET events, after the ending': {
    request: async () => {
      const { runId, lastSeq } = await endedRun();
      return get(`/chat/runs/${runId}/events`, { 'Last-Event-ID': `${runId}:${lastSeq}` });
    },
    shows: isEmpty(204),
  },
  'GET events of no run': {
    request: get('/chat/runs/run_none/events'),
    shows: refuses(404, 'not_found'),
  },
  'GET /chat/templates': { request: get('/chat/templates'), shows: isJson(200) },
  'POST of a template': {
    request: post('/chat/templates/transcript-correction', { text: 'Hi' }),
    shows: answers(TEXT),
  },
  'GET of a template': {
    request: get('/chat/templates/transcript-correction?text=Hi&format=text'),
    shows: types(TEXT),
  },
  'POST of a template, as JSON': {
    request: post('/chat/templates/transcript-correction', { text: 'Hi' }, JSON_WANTED),
    shows: isJson(200, { text: TEXT }),
  },
  'POST of no template': { request: post('/chat/templates/none', {}), shows: refuses(404, 'not_found') },
  'POST /v1/chat/completions, streamed': {
    request: post('/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    shows: completes,
  },
  'POST /v1/chat/completions, streamed in turns': {
    request: post('/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    script: inTurns(WORDS, 2),
    shows: completes,
  },
  'POST /v1/chat/completions, whole': {
    request: post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }),
    script: wholeAnswer,
    shows: isJson(200, { object: 'chat.completion' }),
  },
  'POST /v1/chat/completions, refused': {
    request: post('/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    script: refuse(400),
    shows: isJson(400, { error: { type: expect.any(String) } }),
  },
  'GET /tts': { request: get(SPEECH), shows: sounds() },
  'HEAD /tts': { request: head(SPEECH), shows: isEmpty(200) },
  'GET /tts, the rest of it': {
    request: async () => {
      await waitFor(isKept, 'the speech to be kept');
      return get(SPEECH, { Range: 'bytes=100-' });
    },
    shows: sounds(206, 100),
  },
  'GET /tts, a bad voice': { request: get(`${SPEECH}&voice=none`), shows: refuses(400, 'bad_request') },
  'POST /tts': { request: post('/tts', { input: 'Hello there', format: 'wav' }), shows: sounds() },
  'POST /v1/audio/speech': {
    request: post('/v1/audio/speech', {
      input: 'Hello there',
      model: 'tts-1',
      voice: 'nova',
      response_format: 'wav',
    }),
    shows: (response) => {
      expect([response.status, response.body.subarray(0, 4).toString()]).toEqual([200, 'RIFF']);
    },
  },
  'POST /v1/audio/speech, as events': {
    request: post('/v1/audio/speech', {
      input: 'Hello there',
      model: 'tts-1',
      voice: 'nova',
      response_format: 'wav',
      stream_format: 'sse',
    }),
    shows: (response) => {
      const last = eventsOf(response).map(payload).at(-1);

      expect(last).toMatchObject({ type: 'speech.audio.done' });
    },
  },
  'POST /v1/audio/speech, a bad voice': {
    request: post('/v1/audio/speech', { input: 'Hello there', model: 'tts-1', voice: 'none' }),
    shows: isJson(400, { error: { type: expect.any(String) } }),
  },
  'POST /tts/clips': {
    request: post('/tts/clips', { input: 'Hello there', format: 'wav' }),
    shows: isJson(201),
  },
  'GET of a clip': { request: async () => get(await clip()), shows: sounds() },
  'HEAD of a clip': { request: async () => head(await clip()), shows: isEmpty(200) },
  'GET of a clip, from a place on': {
    request: async () => get(await clip(), { Range: 'bytes=100-' }),
    shows: sounds(206, 100),
  },
  'GET of a clip, beyond its end': {
    request: async () => get(await clip(), { Range: 'bytes=99999999-' }),
    shows: refuses(416, 'range_not_satisfiable'),
  },
  'GET of a clip that the client has': {
    request: async () => {
      const url = await clip();
      const { headers } = await fetch(`${sut.url}${url}`, { method: 'HEAD' });
      return get(url, { 'If-None-Match': headers.get('etag')! });
    },
    shows: isEmpty(304),
  },
  'GET of no clip': { request: get('/tts/clips/none'), shows: refuses(403, 'forbidden') },
  'GET of nothing': { request: get('/nothing'), shows: refuses(404, 'not_found') },
  'GET of the page': {
    request: get('/'),
    shows: (response) => {
      expect([response.status, response.framing]).toEqual([200, 'length']);
    },
  },
};

const LAST = get('/health/live', { Connection: 'close' });

type Exchange = (connection: WireConnection, request: WireRequest) => Promise<WireResponse[]>;

const MANNERS: Record<string, Exchange> = {
  'one after another on one connection': async (connection, request) => {
    connection.send('1.1', request);
    const first = await connection.response(request.method);
    connection.send('1.1', request);
    const second = await connection.response(request.method);
    connection.send('1.1', LAST);
    expect((await connection.response('GET')).status).toBe(200);
    return [first, second];
  },
  'pipelined on one connection': async (connection, request) => {
    connection.send('1.1', request, request, LAST);
    const first = await connection.response(request.method);
    const second = await connection.response(request.method);
    expect((await connection.response('GET')).status).toBe(200);
    return [first, second];
  },
  'Connection: close': async (connection, { headers, ...request }) => {
    connection.send('1.1', { ...request, headers: { ...headers, Connection: 'close' } });
    const response = await connection.response(request.method);
    expect(response.headers.get('connection')).toBe('close');
    return [response];
  },
  'HTTP/1.0': async (connection, request) => {
    connection.send('1.0', request);
    const response = await connection.response(request.method);
    expect(response.framing).not.toBe('chunked');
    expect(response.headers.get('connection')).toBe('close');
    return [response];
  },
};

describe('every byte of HTTP', () => {
  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    folder = await temporaryFolder();
    sut = await startApp({
      FEATURES: 'chat,tts',
      CHAT_BASE_URL: upstream.url,
      TTS_PROVIDER: 'fake',
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '10000000',
      OPENAI_MAX_RETRIES: '0',
      SHUTDOWN_GRACE_MS: '1000',
    });
  });
  afterAll(async () => {
    await sut.close();
    await upstream.close();
    await folder.remove();
  });

  describe.each(Object.entries(MANNERS))('%s', (_manner, exchange) => {
    it.each(Object.entries(ROUTES))('%s', async (_route, { request, script, shows }) => {
      const asked = typeof request === 'function' ? await request() : request;
      upstream.script = script ?? answer(...WORDS);
      const connection = await WireConnection.open(sut.url);
      try {
        for (const response of await exchange(connection, asked)) await shows(response);

        expect(await connection.remains()).toBe('');
      } finally {
        connection.destroy();
      }
    });
  });

  it.each(['1.0', '1.1'] as const)(
    'cuts an answer of HTTP/%s that broke, after the error',
    async (version) => {
      upstream.script = cutInMidst;
      const connection = await WireConnection.open(sut.url);
      connection.send(
        version,
        post('/v1/chat/completions', { stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
      );

      const isFramed = version === '1.1';
      const fault: unknown = isFramed
        ? await connection.response('POST').catch((error: unknown) => error)
        : undefined;
      expect(fault instanceof FramingError).toBe(isFramed);
      const text = await connection.remains();
      expect(text).toContain('"error"');
      expect(text).not.toContain('[DONE]');
      expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    },
  );
});
