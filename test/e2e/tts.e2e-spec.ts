import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { OpenStreams } from '../../src/common/streams/open-streams.js';
import { wavOf } from '../support/audio-bodies.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import {
  answersWith,
  cutsAfter,
  FakeOpenAiSpeech,
  neverAnswers,
  neverEnds,
  refusesWith,
  stallsAfter,
  UPSTREAM_SECRET,
} from '../support/fake-openai-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';

const KEY = 'sk-test-key-of-ours';
const FIRST = Buffer.from([0xff, 0xf3, 0xa4, 0xc4, 0, 1, 2, 3]);
const SECOND = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));

describe('/tts in front of an OpenAI-compatible service', () => {
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    sut = await startSpeech(upstream, {
      TTS_API_KEY: KEY,
      TTS_MAX_CONCURRENT: '2',
      TTS_MAX_INPUT_CHARS: '4096',
      SHUTDOWN_GRACE_MS: '100',
    });
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  const speak = (body: unknown, init?: RequestInit): Promise<Response> =>
    postJson(`${sut.url}/tts`, body, init);

  describe('a speech that goes well', () => {
    it('asks with the defaults of the original system and with our key', async () => {
      upstream.script = answersWith([FIRST]);

      await bytesOf(await speak({ input: 'hello' }));

      expect(upstream.calls[0]).toMatchObject({
        authorization: `Bearer ${KEY}`,
        body: { input: 'hello', model: 'tts-1-hd', voice: 'nova', response_format: 'mp3' },
      });
    });

    it('passes on voice, model, format, speed and instructions', async () => {
      upstream.script = answersWith([FIRST]);
      const body = {
        input: 'hi',
        voice: 'coral',
        model: 'gpt-4o-mini-tts',
        speed: 1.5,
        instructions: 'Whisper.',
      };

      upstream.script = answersWith([wavOf(Buffer.alloc(10))]);
      await bytesOf(await speak({ ...body, format: 'wav' }));

      expect(upstream.calls[0]!.body).toEqual({ ...body, response_format: 'wav' });
    });

    it('gives the same bytes and says where they came from', async () => {
      upstream.script = answersWith([FIRST, SECOND]);

      const response = await speak({ input: 'hello' });

      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'audio/mpeg',
        'x-tts-provider': 'openai',
        'x-request-id': expect.stringMatching(/^[\w-]{8,}$/) as unknown,
        'server-timing': expect.stringMatching(/^upstream;dur=\d/) as unknown,
      });
      expect(await bytesOf(response)).toEqual(Buffer.concat([FIRST, SECOND]));
    });

    it('gives the first byte while the service is still speaking', async () => {
      upstream.script = stallsAfter([FIRST]);

      const reader = (await speak({ input: 'hello' })).body!.getReader();
      const { value } = await reader.read();
      const call = await upstream.nextCall();
      call.response.end(SECOND);

      expect(Buffer.from(value ?? [])).toEqual(FIRST);
      expect((await reader.read()).value?.length).toBeGreaterThan(0);
      await reader.cancel();
    });

    it('speaks to an audio element, which can only GET', async () => {
      upstream.script = answersWith([FIRST]);

      const response = await fetch(`${sut.url}/tts?input=%EC%95%88%EB%85%95&speed=2&format=pcm`);

      expect(await bytesOf(response)).toEqual(FIRST);
      expect(upstream.calls[0]!.body).toMatchObject({ input: '안녕', speed: 2, response_format: 'pcm' });
    });

    it('answers HEAD without paying for a speech', async () => {
      const response = await fetch(`${sut.url}/tts?input=hello&format=wav`, { method: 'HEAD' });

      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('audio/wav');
      expect(upstream.calls).toHaveLength(0);
    });

    it('lists the voices', async () => {
      const body: unknown = await (await fetch(`${sut.url}/tts/voices`)).json();

      expect(body).toMatchObject({ provider: 'openai', voices: expect.arrayContaining([{ id: 'nova' }]) });
    });

    it('is reported ready with its provider', async () => {
      const body: unknown = await (await fetch(`${sut.url}/health/ready`)).json();

      expect(body).toMatchObject({ components: { tts: { status: 'ok', provider: 'openai' } } });
    });
  });

  describe('bad input', () => {
    it.each([
      ['no input', {}, 400, 'bad_request', 'input'],
      ['a blank input', { input: ' \n' }, 400, 'bad_request', 'input'],
      ['an input of marks alone', { input: '... !? —' }, 400, 'bad_request', 'input'],
      ['an input of emoji alone', { input: '😀👩‍👩‍👧‍👦' }, 400, 'bad_request', 'input'],
      ['an input of half characters alone', { input: '\ud83d \udc00' }, 400, 'bad_request', 'input'],
      [
        'an input of invisible characters alone',
        { input: '\u200b\u200d\ufeff\u0000' },
        400,
        'bad_request',
        'input',
      ],
      ['an input that is no text', { input: 7 }, 400, 'bad_request', 'input'],
      ['an input that is too long', { input: 'x'.repeat(4_097) }, 413, 'too_large', 'input'],
      ['an unknown format', { input: 'x', format: 'midi' }, 400, 'bad_request', 'format'],
      ['a speed out of range', { input: 'x', speed: 5 }, 400, 'bad_request', 'speed'],
      ['a blank voice', { input: 'x', voice: '' }, 400, 'bad_request', 'voice'],
      ['a language that is none', { input: 'x', language: '--version' }, 400, 'bad_request', 'language'],
      ['an unknown field', { input: 'x', vioce: 'nova' }, 400, 'bad_request', 'vioce'],
      ['malformed JSON', '{"input":', 400, 'bad_request', 'body'],
      ['a body that is too large', { input: 'x'.repeat(1_100_000) }, 413, 'too_large', 'body'],
    ])('%s is refused before anything is spent', async (_what, body, status, code, param) => {
      const response = await speak(body);

      expect(response.status).toBe(status);
      expect(await errorOf(response)).toMatchObject({ code, param });
      expect(upstream.calls).toHaveLength(0);
    });

    it.each([
      ['Korean', '가'],
      ['Thai', 'ก'],
      ['Latin', 'x'],
    ])('takes 2,000 characters of %s in a query, and no more', async (_script, letter) => {
      upstream.script = answersWith([FIRST]);
      const ask = (chars: number): Promise<Response> =>
        fetch(`${sut.url}/tts?input=${encodeURIComponent(letter.repeat(chars))}&store=false`);

      expect(await ask(2_000).then(bytesOf)).toEqual(FIRST);
      expect(upstream.calls[0]!.body['input']).toBe(letter.repeat(2_000));
      expect((await ask(2_001)).status).toBe(413);
    });

    it('sends the service whole characters only', async () => {
      upstream.script = answersWith([FIRST]);
      await bytesOf(await speak('{"input":"a\\ud800b"}'));

      expect(upstream.calls[0]!.body['input']).toBe('a\ufffdb');
    });

    it('refuses a long text in a query', async () => {
      const response = await fetch(`${sut.url}/tts?input=${'x'.repeat(2_500)}`);

      expect(response.status).toBe(413);
      expect(await errorOf(response)).toMatchObject({ code: 'too_large', param: 'input' });
    });

    it('refuses a foreign page', async () => {
      const response = await fetch(`${sut.url}/tts?input=x`, { headers: { 'Sec-Fetch-Site': 'cross-site' } });

      expect(response.status).toBe(403);
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe('a service that fails before the first byte', () => {
    it.each([
      ['refuses the request', refusesWith(400), 400, 'provider_rejected'],
      ['refuses our key', refusesWith(401), 502, 'provider_auth'],
      ['has no such model', refusesWith(404), 400, 'provider_rejected'],
      ['is busy', refusesWith(429, { 'Retry-After': '7' }), 429, 'provider_rate_limited'],
      ['breaks', refusesWith(500), 502, 'provider_failed'],
      ['cuts the connection', cutsAfter([]), 502, 'provider_failed'],
      ['sends nothing', answersWith([]), 502, 'provider_failed'],
      [
        'sends an error page as if it were audio',
        answersWith([Buffer.from(UPSTREAM_SECRET)], 'text/html'),
        502,
        'provider_failed',
      ],
    ])('%s', async (_what, script, status, code) => {
      upstream.script = script;

      const response = await speak({ input: 'hello' });
      const text = await response.clone().text();

      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await errorOf(response)).toMatchObject({
        code,
        requestId: response.headers.get('x-request-id'),
      });
      expect(text).not.toContain(UPSTREAM_SECRET);
      expect(text).not.toContain(KEY);
    });

    it('passes on how long to wait', async () => {
      upstream.script = refusesWith(429, { 'Retry-After': '7' });

      expect((await speak({ input: 'hello' })).headers.get('retry-after')).toBe('7');
    });
  });

  describe('a service that fails after the first byte', () => {
    it('leaves a body that does not look complete', async () => {
      upstream.script = cutsAfter([FIRST, SECOND]);

      const response = await speak({ input: 'hello' });

      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow('terminated');
    });

    it('goes on serving', async () => {
      upstream.script = cutsAfter([FIRST]);
      await expect(speak({ input: 'hello' }).then(bytesOf)).rejects.toThrow('terminated');
      upstream.script = answersWith([FIRST]);

      expect(await speak({ input: 'hello' }).then(bytesOf)).toEqual(FIRST);
    });
  });

  describe('a listener that leaves', () => {
    it.each([
      ['before the service has answered', neverAnswers],
      ['between the headers and the first byte', stallsAfter([])],
    ])('%s ends the call upstream', async (_when, script) => {
      upstream.script = script;
      const listener = new AbortController();
      const answer = speak({ input: 'hello' }, { signal: listener.signal });

      const call = await upstream.nextCall();
      listener.abort();

      await expect(answer).rejects.toThrow('aborted');
      await call.ended;
      expect(call.isComplete()).toBe(false);
    });

    it('in the middle of the speech ends the call upstream', async () => {
      upstream.script = neverEnds;
      const listener = await openListener(sut.url);
      const call = await upstream.nextCall();

      listener.destroy();

      await call.ended;
      expect(call.isComplete()).toBe(false);
    });

    it('without ever reading ends the call upstream', async () => {
      upstream.script = neverEnds;
      const listener = await openListener(sut.url);
      listener.pause();
      const call = await upstream.nextCall();

      listener.destroy();

      await call.ended;
      expect(upstream.openCalls).toBe(0);
    });

    it('gives the place back', async () => {
      upstream.script = stallsAfter([FIRST]);
      const listeners = [await openListener(sut.url, 'one'), await openListener(sut.url, 'two')];
      const refused = await speak({ input: 'hello' });
      const calls = [await upstream.nextCall(), await upstream.nextCall()];
      for (const listener of listeners) listener.destroy();
      await Promise.all(calls.map((call) => call.ended));
      upstream.script = answersWith([FIRST]);

      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await errorOf(refused)).toMatchObject({ code: 'overloaded' });
      expect(await speak({ input: 'hello' }).then(bytesOf)).toEqual(FIRST);
      expect(sut.app.get(OpenStreams).size).toBe(0);
    });
  });
});

describe('/tts in front of a service that is too slow', () => {
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    // The call has to reach the service, and its first byte the gateway, before either strikes.
    sut = await startSpeech(upstream, {
      OPENAI_HEADERS_TIMEOUT_MS: '2000',
      TTS_IDLE_TIMEOUT_MS: '2000',
    });
  });
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  it.each([
    ['never answers', neverAnswers],
    ['never sends a first byte', stallsAfter([])],
  ])('%s: 504, and the call is ended', async (_what, script) => {
    upstream.reset();
    upstream.script = script;

    const response = await postJson(`${sut.url}/tts`, { input: 'hello' });

    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ code: 'provider_timeout' });
    await upstream.calls[0]!.ended;
  });

  it('falls silent in the middle: the body is cut and the call is ended', async () => {
    upstream.reset();
    upstream.script = stallsAfter([FIRST]);

    const response = await postJson(`${sut.url}/tts`, { input: 'hello' });

    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
    await upstream.calls[0]!.ended;
  });
});

describe('/tts while the server shuts down', () => {
  it('lets a speech finish within the grace period', async () => {
    const upstream = await FakeOpenAiSpeech.start();
    upstream.script = stallsAfter([FIRST]);
    const sut = await startSpeech(upstream);
    const response = await postJson(`${sut.url}/tts`, { input: 'hello' });
    const call = await upstream.nextCall();

    const closed = sut.close();
    call.response.end(SECOND);

    expect(await bytesOf(response)).toEqual(Buffer.concat([FIRST, SECOND]));
    await closed;
    await upstream.close();
  });

  it('cuts a speech that takes longer, and ends its call', async () => {
    const upstream = await FakeOpenAiSpeech.start();
    upstream.script = stallsAfter([FIRST]);
    const sut = await startSpeech(upstream, {
      SHUTDOWN_GRACE_MS: '50',
    });
    const response = await postJson(`${sut.url}/tts`, { input: 'hello' });
    const call = await upstream.nextCall();

    await Promise.all([sut.close(), expect(response.arrayBuffer()).rejects.toThrow('terminated')]);

    await call.ended;
    await upstream.close();
  });
});

describe('/tts without a provider', () => {
  it.each([
    ['nothing is configured', { PROFILE: 'standard' }, 'OPENAI_API_KEY'],
    ['the key of OpenAI is missing', { TTS_PROVIDER: 'openai' }, 'OPENAI_API_KEY'],
    ['the espeak binary is missing', { TTS_PROVIDER: 'espeak', ESPEAK_PATH: '/nowhere' }, 'ESPEAK_PATH'],
  ])('says what to set: %s', async (_what, environment, variable) => {
    const sut = await startApp({ FEATURES: 'tts', ...environment });
    try {
      const response = await postJson(`${sut.url}/tts`, { input: 'hello' });
      const error = await errorOf(response);

      expect(response.status).toBe(503);
      expect(error).toMatchObject({ code: 'provider_unconfigured' });
      expect(error['message']).toContain(variable);
    } finally {
      await sut.close();
    }
  });

  it('does not start when told so', async () => {
    const boot = startApp({ FEATURES: 'tts', PROFILE: 'standard', MISSING_PROVIDER: 'boot-error' });

    await expect(boot).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('OPENAI_API_KEY') as unknown,
    });
  });
});

/** A listener on a socket of its own, after the headers of its answer. */
function openListener(url: string, input = 'hello'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/tts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      agent: false,
    });
    request.once('error', reject).once('response', (response: IncomingMessage) => {
      response.on('error', () => undefined);
      resolve(response);
    });
    request.end(JSON.stringify({ input }));
  });
}
