import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpeechFlights } from '../../src/tts/flights/speech-flights.js';
import { mp3With, wavOf } from '../support/audio-bodies.js';
import { bytesOf, postJson } from '../support/ask-speech.js';
import {
  answersWith,
  cutsAfter,
  FakeOpenAiSpeech,
  neverAnswers,
  refusesWith,
  stallsAfter,
} from '../support/fake-openai-speech.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { waitFor } from '../support/wait-for.js';

const WHOLE = mp3With('what was said');
const FIRST = WHOLE.subarray(0, 20);
const SECOND = WHOLE.subarray(20);
const KEYS = ['first-tenant', 'second-tenant'] as const;

describe('a speech that is asked for again', () => {
  let upstream: FakeOpenAiSpeech;
  let folder: TemporaryFolder;
  let sut: RunningApp;

  const start = (overrides: Record<string, string> = {}): Promise<RunningApp> =>
    startSpeech(upstream, {
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '1000000',
      SHUTDOWN_GRACE_MS: '100',
      API_KEYS: KEYS.map(keyEntry).join(','),
      ...overrides,
    });
  const speak = (
    body: object = {},
    tenant: (typeof KEYS)[number] = 'first-tenant',
    init: RequestInit = {},
  ): Promise<Response> =>
    postJson(
      `${sut.url}/tts`,
      { input: 'hello', ...body },
      {
        headers: headersOf(tenant),
        ...init,
      },
    );
  const contentFiles = async (): Promise<string[]> => {
    const names = await readdir(folder.path, { recursive: true, withFileTypes: true });
    return names
      .filter((entry) => entry.isFile() && entry.parentPath.includes('content-'))
      .map((entry) => join(entry.parentPath, entry.name));
  };

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
  });
  beforeEach(async () => {
    upstream.reset();
    upstream.script = answersWith([FIRST, SECOND]);
    folder = await temporaryFolder();
    sut = await start();
  });
  afterEach(async () => {
    await sut.close();
    await folder.remove();
  });
  afterAll(() => upstream.close());

  /** The result is kept in the background once its last byte has come. */
  const untilKept = async (): Promise<void> => {
    const flights = sut.app.get(SpeechFlights);
    await waitFor(() => flights.size === 0, 'the speech to be kept');
  };

  describe('later', () => {
    it('comes from the cache, byte for byte, and costs nothing', async () => {
      const miss = await speak();
      const first = await bytesOf(miss);
      await untilKept();
      const hit = await speak();

      expect(miss.headers.get('x-tts-cache')).toBe('miss');
      expect(hit.headers.get('x-tts-cache')).toBe('hit');
      expect(hit.headers.get('x-tts-provider')).toBe('openai');
      expect(hit.headers.get('content-length')).toBe(String(WHOLE.length));
      expect(await bytesOf(hit)).toEqual(first);
      expect(upstream.calls).toHaveLength(1);
    });

    it('outlives the process', async () => {
      await bytesOf(await speak());
      await untilKept();
      await sut.close();
      sut = await start();

      expect(await bytesOf(await speak())).toEqual(WHOLE);
      expect(upstream.calls).toHaveLength(1);
    });

    it.each([
      ['another text', { input: 'hello!' }],
      ['another voice', { voice: 'echo' }],
      ['another format', { format: 'wav' }],
      ['another speed', { speed: 2 }],
      ['other instructions', { instructions: 'Sing.' }],
      ['another model', { model: 'tts-1' }],
      ['another language', { language: 'ko' }],
    ])('is another speech with %s', async (_what, difference) => {
      await bytesOf(await speak());
      await untilKept();
      if ('format' in difference) upstream.script = answersWith([wavOf(Buffer.alloc(100))]);

      expect((await speak(difference)).headers.get('x-tts-cache')).toBe('miss');
    });

    it('is not shared between tenants', async () => {
      await bytesOf(await speak());
      await untilKept();

      expect((await speak({}, 'second-tenant')).headers.get('x-tts-cache')).toBe('miss');
    });

    it('is not kept when the caller says so', async () => {
      await bytesOf(await speak({ store: false }));
      await untilKept();

      expect((await speak()).headers.get('x-tts-cache')).toBe('miss');
    });

    it('is asked for anew when it was cut', async () => {
      upstream.script = cutsAfter([FIRST]);
      await expect(speak().then(bytesOf)).rejects.toThrow('terminated');
      upstream.script = answersWith([WHOLE]);

      const again = await speak();

      expect(again.headers.get('x-tts-cache')).toBe('miss');
      expect(await bytesOf(again)).toEqual(WHOLE);
    });

    it.each([
      ['was damaged', (path: string) => writeFile(path, Buffer.alloc(WHOLE.length, 'x'))],
      ['was cut short', (path: string) => writeFile(path, FIRST)],
      ['has gone', (path: string) => rm(path)],
    ])('is asked for anew when its file %s', async (_what, spoil) => {
      await bytesOf(await speak());
      await untilKept();
      for (const path of await contentFiles()) await spoil(path);

      const again = await speak();

      expect(again.headers.get('x-tts-cache')).toBe('miss');
      expect(await bytesOf(again)).toEqual(WHOLE);
      expect(upstream.calls).toHaveLength(2);
    });

    it('is merely not kept when the disk takes nothing', async () => {
      await sut.close();
      const file = join(folder.path, 'not-a-folder');
      await writeFile(file, '');
      sut = await start({ TTS_DIR: file });

      expect(await bytesOf(await speak())).toEqual(WHOLE);
      await untilKept();
      expect(await bytesOf(await speak())).toEqual(WHOLE);
      expect(upstream.calls).toHaveLength(2);
    });

    it('gives way when the cache is full', async () => {
      await sut.close();
      sut = await start({ TTS_CACHE_BYTES: String(WHOLE.length * 2) });
      for (const input of ['one', 'two', 'three']) {
        upstream.script = answersWith([mp3With(input.padEnd('what was said'.length))]);
        await bytesOf(await speak({ input }));
        await untilKept();
      }

      expect((await speak({ input: 'three' })).headers.get('x-tts-cache')).toBe('hit');
      expect((await speak({ input: 'one' })).headers.get('x-tts-cache')).toBe('miss');
    });
  });

  describe('from the middle, as a player asks whose body was cut', () => {
    const resume = (offset: number): Promise<Response> =>
      fetch(`${sut.url}/tts?input=hello`, {
        headers: { Range: `bytes=${offset}-`, Authorization: 'Bearer key-of-first-tenant' },
      });

    it('costs nothing and is refused when it was not kept', async () => {
      upstream.script = cutsAfter([FIRST]);
      await expect(speak().then(bytesOf)).rejects.toThrow('terminated');

      const statuses = [await resume(5), await resume(5), await resume(5)].map(({ status }) => status);

      expect(statuses).toEqual([404, 404, 404]);
      expect(upstream.calls).toHaveLength(1);
    });

    it('gets the rest when it was kept', async () => {
      await bytesOf(await speak());
      await untilKept();

      const response = await resume(5);

      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes 5-${WHOLE.length - 1}/${WHOLE.length}`);
      expect(await bytesOf(response)).toEqual(WHOLE.subarray(5));
      expect((await resume(WHOLE.length)).status).toBe(416);
      expect(upstream.calls).toHaveLength(1);
    });

    it.each([
      ['all of it', 'bytes=0-', 206, 0, WHOLE.length],
      ["Safari's probe", 'bytes=0-1', 206, 0, 2],
      ['a part', 'bytes=3-9', 206, 3, 10],
      ['a suffix', 'bytes=-4', 206, WHOLE.length - 4, WHOLE.length],
      ['a suffix longer than the file', 'bytes=-99999', 206, 0, WHOLE.length],
      ['an end beyond the end', 'bytes=5-99999', 206, 5, WHOLE.length],
      ['several parts', 'bytes=0-1,5-6', 200, 0, WHOLE.length],
      ['no range at all', 'bytes=abc', 200, 0, WHOLE.length],
      ['another unit', 'seconds=1-2', 200, 0, WHOLE.length],
    ])(
      'gets %s (%s) when it was kept, so that it can be seeked',
      async (_what, range, status, start, end) => {
        await bytesOf(await speak());
        await untilKept();

        const response = await fetch(`${sut.url}/tts?input=hello`, {
          headers: { Range: range, Authorization: 'Bearer key-of-first-tenant' },
        });

        expect(response.status).toBe(status);
        expect(response.headers.get('accept-ranges')).toBe('bytes');
        expect(response.headers.get('content-range')).toBe(
          status === 206 ? `bytes ${start}-${end - 1}/${WHOLE.length}` : null,
        );
        expect(await bytesOf(response)).toEqual(WHOLE.subarray(start, end));
        expect(upstream.calls).toHaveLength(1);
      },
    );

    it('gets the whole when the range was meant for another version', async () => {
      await bytesOf(await speak());
      await untilKept();
      const ask = (condition: string): Promise<Response> =>
        fetch(`${sut.url}/tts?input=hello`, {
          headers: { Range: 'bytes=5-', 'If-Range': condition, Authorization: 'Bearer key-of-first-tenant' },
        });
      const other = await ask('"other"');
      const same = await ask(other.headers.get('etag')!);

      expect([other.status, same.status]).toEqual([200, 206]);
      expect(await bytesOf(other)).toEqual(WHOLE);
      expect(await bytesOf(same)).toEqual(WHOLE.subarray(5));
    });

    it('is told where the speech ends when it asks for what lies behind', async () => {
      await bytesOf(await speak());
      await untilKept();
      const refused = await resume(WHOLE.length);

      expect(refused.status).toBe(416);
      expect(refused.headers.get('content-range')).toBe(`bytes */${WHOLE.length}`);
    });

    it('is told the length by HEAD once it was kept, and nothing is spent', async () => {
      const ask = (): Promise<Response> =>
        fetch(`${sut.url}/tts?input=hello`, {
          method: 'HEAD',
          headers: { Authorization: 'Bearer key-of-first-tenant' },
        });
      const before = await ask();
      await bytesOf(await speak());
      await untilKept();
      const after = await ask();

      expect(before.headers.get('content-length')).toBeNull();
      expect(after.headers.get('content-length')).toBe(String(WHOLE.length));
      expect(upstream.calls).toHaveLength(1);
    });

    it('gets the whole when it asks from the beginning', async () => {
      const response = await resume(0);

      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(WHOLE);
    });
  });

  describe('at the same time', () => {
    it('is paid for once, and late listeners get it from its start', async () => {
      upstream.script = stallsAfter([FIRST]);
      const early = await speak();
      const call = await upstream.nextCall();
      const late = await speak();
      call.response.end(SECOND);

      expect(late.headers.get('x-tts-cache')).toBe('join');
      expect(await bytesOf(early)).toEqual(WHOLE);
      expect(await bytesOf(late)).toEqual(WHOLE);
      expect(upstream.calls).toHaveLength(1);
    });

    it('goes on for those who stay when the first one leaves', async () => {
      upstream.script = stallsAfter([FIRST]);
      const leaver = new AbortController();
      await speak({}, 'first-tenant', { signal: leaver.signal, ...authorised() });
      const call = await upstream.nextCall();
      const stayer = await speak();
      leaver.abort();
      call.response.end(SECOND);

      expect(await bytesOf(stayer)).toEqual(WHOLE);
    });

    it('ends when the last one leaves, before the first byte as well', async () => {
      upstream.script = neverAnswers;
      const leaver = new AbortController();
      const answers = [1, 2, 3].map(() =>
        speak({}, 'first-tenant', { signal: leaver.signal, ...authorised() }),
      );
      const call = await upstream.nextCall();
      leaver.abort();

      await Promise.allSettled(answers);
      await call.ended;
      expect(upstream.calls).toHaveLength(1);
    });

    it('fails for everybody alike', async () => {
      upstream.script = refusesWith(429, { 'Retry-After': '3' });

      const answers = await Promise.all([speak(), speak(), speak()]);

      expect(answers.map(({ status }) => status)).toEqual([429, 429, 429]);
    });

    it('cuts everybody when the service is cut', async () => {
      upstream.script = stallsAfter([FIRST]);
      const answers = [await speak(), await speak()];
      (await upstream.nextCall()).response.destroy();

      for (const answer of answers) await expect(bytesOf(answer)).rejects.toThrow('terminated');
    });

    it('leaves no memory behind', async () => {
      await Promise.all(Array.from({ length: 10 }, () => speak().then(bytesOf)));
      await untilKept();
      const flights = sut.app.get(SpeechFlights);

      expect(flights.size).toBe(0);
      await waitFor(() => flights.heldBytes === 0, 'the bytes to be let go');
      expect(flights.heldBytes).toBe(0);
    });

    it('is not joined by another tenant', async () => {
      upstream.script = stallsAfter([FIRST]);
      await speak();
      const foreign = await speak({}, 'second-tenant');

      expect(foreign.headers.get('x-tts-cache')).toBe('miss');
      expect(upstream.calls).toHaveLength(2);
    });
  });
});

function authorised(): RequestInit {
  return { headers: headersOf('first-tenant') };
}
