import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { get, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { mp3With, MP3_OVERHEAD_BYTES } from '../support/audio-bodies.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { answersWith, FakeOpenAiSpeech, refusesWith } from '../support/fake-openai-speech.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';
import { waitFor } from '../support/wait-for.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const FILE = mp3With(
  Buffer.from(Array.from({ length: 1_000 - MP3_OVERHEAD_BYTES }, (_, index) => index % 256)),
);

interface ClipBody {
  id: string;
  url: string;
  expiresAt: string;
}

describe('/tts/clips', () => {
  let upstream: FakeOpenAiSpeech;
  let folder: TemporaryFolder;
  let sut: RunningApp;
  let clip: ClipBody;

  const start = (overrides: Record<string, string> = {}): Promise<RunningApp> =>
    startSpeech(upstream, {
      TTS_DIR: folder.path,
      TTS_URL_SECRET: 'a secret of the tests',
      ...overrides,
    });
  const create = (app: RunningApp, body: object = {}): Promise<Response> =>
    postJson(`${app.url}/tts/clips`, { input: 'hello', ...body });
  const play = (headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(sut.url + clip.url, { headers, method });

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    upstream.script = answersWith([FILE]);
    folder = await temporaryFolder();
    sut = await start();
    clip = (await (await create(sut)).json()) as ClipBody;
  });
  afterAll(async () => {
    await sut.close();
    await upstream.close();
    await folder.remove();
  });

  it('is created with an address that says how long it lives', async () => {
    const response = await create(sut);
    const body = (await response.json()) as ClipBody;

    expect(response.status).toBe(201);
    expect(body.id).toMatch(/^[\w-]{24}$/);
    expect(body.url).toContain(`/tts/clips/${body.id}?`);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
  });

  it('plays in full', async () => {
    const response = await play();

    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'audio/mpeg',
      'content-length': '1000',
      etag: expect.stringMatching(/^"sha512-/) as unknown,
      'cache-control': expect.stringMatching(/^private, max-age=\d+, immutable$/) as unknown,
    });
    expect(await bytesOf(response)).toEqual(FILE);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const response = await play({}, 'HEAD');

    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('1000');
    expect(await bytesOf(response)).toHaveLength(0);
  });

  it('is not sent again to a player that has it', async () => {
    const etag = (await play()).headers.get('etag')!;

    expect(await statusOf(sut.url + clip.url, { 'If-None-Match': etag })).toBe(304);
    expect(await statusOf(sut.url + clip.url, { 'If-None-Match': '"other"' })).toBe(200);
  });

  it('refuses a condition that does not hold', async () => {
    const response = await play({ 'If-Match': '"other"' });

    expect(response.status).toBe(412);
    expect(await errorOf(response)).toMatchObject({ code: 'precondition_failed' });
  });

  it.each([
    ["Safari's probe", 'bytes=0-1', 206, 'bytes 0-1/1000', FILE.subarray(0, 2)],
    ['an open end', 'bytes=990-', 206, 'bytes 990-999/1000', FILE.subarray(990)],
    ['all of it', 'bytes=0-', 206, 'bytes 0-999/1000', FILE],
    ['an end beyond the end', 'bytes=995-5000', 206, 'bytes 995-999/1000', FILE.subarray(995)],
    ['a suffix', 'bytes=-3', 206, 'bytes 997-999/1000', FILE.subarray(997)],
    ['a suffix longer than the file', 'bytes=-5000', 206, 'bytes 0-999/1000', FILE],
    ['the last byte', 'bytes=999-999', 206, 'bytes 999-999/1000', FILE.subarray(999)],
    ['no range at all', 'bytes=abc', 200, null, FILE],
    ['another unit', 'seconds=0-1', 200, null, FILE],
    ['several ranges', 'bytes=0-1,5-6', 200, null, FILE],
    [
      'very many ranges',
      `bytes=${Array.from({ length: 450 }, (_, i) => `${2 * i}-${2 * i}`).join(',')}`,
      200,
      null,
      FILE,
    ],
  ])('answers %s (%s)', async (_what, range, status, contentRange, bytes) => {
    const response = await play({ Range: range });

    expect(response.status).toBe(status);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await bytesOf(response)).toEqual(bytes);
  });

  it.each(['bytes=1000-', 'bytes=5000-6000'])('refuses a range behind the end (%s)', async (range) => {
    const response = await play({ Range: range });

    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */1000');
    expect(response.headers.get('etag')).not.toMatch(/sha512/);
    expect(await errorOf(response)).toMatchObject({ code: 'range_not_satisfiable' });
  });

  it('sends the whole when the range was meant for another version', async () => {
    expect((await play({ Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200);
    const etag = (await play()).headers.get('etag')!;
    expect((await play({ Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
  });

  it.each([
    ['no signature', (url: string) => url.replace(/signature=[^&]+/, '')],
    ['a wrong signature', (url: string) => url.replace(/signature=.{4}/, 'signature=AAAA')],
    ['a longer life', (url: string) => url.replace(/expires=\d/, 'expires=9')],
    ['another id', (url: string) => url.replace(/clips\/.{4}/, 'clips/AAAA')],
  ])('is not played with %s', async (_what, change) => {
    const response = await fetch(sut.url + change(clip.url));

    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({ code: 'forbidden' });
  });

  it('needs no API key to be played, but one to be made', async () => {
    const keyed = await start({ API_KEYS: `tenant:${'0'.repeat(64)}` });
    try {
      expect((await fetch(keyed.url + clip.url)).status).toBe(200);
      expect((await create(keyed)).status).toBe(401);
    } finally {
      await keyed.close();
    }
  });

  it.each([
    ['the audio element', { 'Sec-Fetch-Site': 'cross-site', Referer: 'https://elsewhere.example/' }],
    ['a script', { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['a page without an origin', { Origin: 'null' }],
  ])('plays in pages of any site, for %s', async (_what, headers) => {
    // fetch sets some of these itself.
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(sut.url + clip.url, { headers, agent: false }, resolve).once('error', reject);
    });
    response.resume();

    expect(response.statusCode).toBe(200);
    expect(response.headers['access-control-allow-origin']).toBe('*');
    expect(response.headers['cross-origin-resource-policy']).toBe('cross-origin');
  });

  it('is not made by pages of other sites, nor played under a foreign host name', async () => {
    expect(await statusOf(sut.url + clip.url, { Host: 'evil.example' })).toBe(403);
    const made = await postJson(
      `${sut.url}/tts/clips`,
      { input: 'hello' },
      { headers: { 'Content-Type': 'application/json', Origin: 'https://elsewhere.example' } },
    );
    expect(made.status).toBe(403);
  });

  it('fails as the speech fails', async () => {
    upstream.script = refusesWith(429, { 'Retry-After': '9' });
    const response = await create(sut, { input: 'another text' });
    upstream.script = answersWith([FILE]);

    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('9');
  });

  it('is refused when it is too large or the space is taken', async () => {
    const own = await temporaryFolder();
    const small = await start({ TTS_ENTRY_BYTES: '1024', TTS_CLIPS_BYTES: '1024', TTS_DIR: own.path });
    try {
      upstream.script = answersWith([mp3With(Buffer.alloc(2_000))]);
      expect((await create(small)).status).toBe(413);
      upstream.script = answersWith([FILE]);
      expect((await create(small, { input: 'first' })).status).toBe(201);
      expect((await create(small, { input: 'second' })).status).toBe(503);
    } finally {
      await small.close();
      await own.remove();
    }
  });

  it('is refused with the variable to set when the folder takes nothing', async () => {
    const own = await temporaryFolder();
    const file = join(own.path, 'not-a-folder');
    await writeFile(file, '');
    const unwritable = await start({ TTS_DIR: file });
    try {
      const response = await create(unwritable);

      expect(response.status).toBe(503);
      expect(await errorOf(response)).toMatchObject({
        code: 'provider_unconfigured',
        message: expect.stringContaining('TTS_DIR') as unknown,
      });
    } finally {
      await unwritable.close();
      await own.remove();
    }
  });

  it('is cut off for a player that never reads it', async () => {
    const own = await temporaryFolder();
    const impatient = await start({
      TTS_STALLED_READER_MS: '2000',
      TTS_DIR: own.path,
      // The connection that made the clip is to end by itself.
      HTTP_KEEP_ALIVE_MS: '1000',
    });
    try {
      upstream.script = answersWith([mp3With(Buffer.alloc(16_000_000, 1))]);
      const { url } = (await (await create(impatient, { input: 'long' })).json()) as ClipBody;
      const player = await new Promise<IncomingMessage>((resolve, reject) => {
        get(impatient.url + url, { agent: false }, resolve).once('error', reject);
      });
      player.on('error', () => undefined);
      await waitFor(() => connectionsOf(impatient).then((open) => open === 0), 'the end of its connection');
      player.resume();
      await waitFor(() => player.closed, 'the end of the answer');

      expect(player.complete).toBe(false);
    } finally {
      upstream.script = answersWith([FILE]);
      await impatient.close();
      await own.remove();
    }
  });

  it('ends with its time', async () => {
    const brief = await start({ TTS_CLIP_TTL_MS: '1' });
    try {
      const { url, expiresAt } = (await (await create(brief)).json()) as ClipBody;
      while (Date.now() <= Date.parse(expiresAt)) await new Promise(setImmediate);

      expect((await fetch(brief.url + url)).status).toBe(403);
    } finally {
      await brief.close();
    }
  });
});

function connectionsOf({ app }: RunningApp): Promise<number> {
  const server: Server = app.getHttpServer();
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** As a browser asks: `fetch` adds `Cache-Control: no-cache` to conditional requests of its caller. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}
