import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError } from 'openai';
import { mp3With, wavOf } from '../support/audio-bodies.js';
import { postJson } from '../support/ask-speech.js';
import { answersWith, cutsAfter, FakeOpenAiSpeech, refusesWith } from '../support/fake-openai-speech.js';
import { readEvents } from '../support/read-events.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';

const FILE = mp3With('first part, second part');
const CHUNKS = [FILE.subarray(0, 15), FILE.subarray(15)];

describe('POST /v1/audio/speech', () => {
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    sut = await startSpeech(upstream, {
      TTS_MAX_INPUT_CHARS: '5000',
    });
    client = new OpenAI({ apiKey: 'any', baseURL: `${sut.url}/v1`, maxRetries: 0 });
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  it('serves the official SDK unchanged', async () => {
    const wav = wavOf(Buffer.alloc(1_000, 1));
    upstream.script = answersWith([wav.subarray(0, 50), wav.subarray(50)], 'audio/wav');

    const response = await client.audio.speech.create({
      input: 'hello',
      model: 'gpt-4o-mini-tts',
      voice: 'coral',
      instructions: 'Whisper.',
      response_format: 'wav',
      speed: 1.25,
    });

    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(wav);
    expect(upstream.calls[0]!.body).toEqual({
      input: 'hello',
      model: 'gpt-4o-mini-tts',
      voice: 'coral',
      instructions: 'Whisper.',
      response_format: 'wav',
      speed: 1.25,
    });
  });

  it('takes a custom voice', async () => {
    upstream.script = answersWith(CHUNKS);

    const response = await client.audio.speech.create({
      input: 'hi',
      model: 'm',
      voice: { id: 'voice_1234' },
    });
    await response.arrayBuffer();

    expect(upstream.calls[0]!.body).toMatchObject({ voice: { id: 'voice_1234' } });
  });

  it('wraps the bytes into events', async () => {
    upstream.script = answersWith(CHUNKS);

    const response = await client.audio.speech.create({
      input: 'hello',
      model: 'tts-1',
      voice: 'nova',
      stream_format: 'sse',
    });
    const events = await readEvents(response);
    const deltas = events.filter(({ type }) => type === 'speech.audio.delta');

    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(upstream.calls[0]!.body).not.toHaveProperty('stream_format');
    expect(Buffer.concat(deltas.map(({ audio }) => Buffer.from(String(audio), 'base64')))).toEqual(
      Buffer.concat(CHUNKS),
    );
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: 0 } });
  });

  it('tells a failure in the middle of the events, and that they are not complete', async () => {
    upstream.script = cutsAfter(CHUNKS);

    const response = await client.audio.speech.create({
      input: 'hello',
      model: 'tts-1',
      voice: 'nova',
      stream_format: 'sse',
    });
    const heard: string[] = [];
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const bytes of response.body!) heard.push(decoder.decode(bytes as Uint8Array));
    })();

    await expect(reading).rejects.toThrow('terminated');
    const events = heard.join('').trim().split('\n\n');
    expect(events.slice(0, -1).every((event) => event.includes('speech.audio.delta'))).toBe(true);
    expect(JSON.parse(events.at(-1)!.replace('data: ', ''))).toMatchObject({
      error: { code: 'provider_failed', type: 'api_error' },
    });
  });

  it.each([
    ['no input', { model: 'm', voice: 'nova' }, 400, 'input'],
    ['no model', { input: 'x', voice: 'nova' }, 400, 'model'],
    ['no voice', { input: 'x', model: 'm' }, 400, 'voice'],
    [
      'an unknown format',
      { input: 'x', model: 'm', voice: 'nova', response_format: 'midi' },
      400,
      'response_format',
    ],
    ['a text that is too long', { input: 'x'.repeat(5_001), model: 'm', voice: 'nova' }, 400, 'input'],
    ['malformed JSON', '{', 400, 'body'],
  ])('refuses %s in the shape of OpenAI', async (_what, body, status, param) => {
    const response = await postJson(`${sut.url}/v1/audio/speech`, body);
    const { error } = (await response.json()) as { error: Record<string, unknown> };

    expect(response.status).toBe(status);
    expect(error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) as unknown });
    expect(error['param']).toBe(param);
    expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
  });

  it('gives the SDK errors that it knows', async () => {
    upstream.script = refusesWith(429, { 'Retry-After': '1' });

    const failure: unknown = await client.audio.speech
      .create({ input: 'x', model: 'm', voice: 'nova' })
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'provider_rate_limited' });
  });

  it('ignores fields of newer clients', async () => {
    upstream.script = answersWith(CHUNKS);

    const body = { input: 'x', model: 'm', voice: 'nova', something_new: true };

    expect((await postJson(`${sut.url}/v1/audio/speech`, body)).status).toBe(200);
  });

  it('works with a provider that is not OpenAI', async () => {
    const espeak = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'espeak', ESPEAK_PATH: 'npm' });
    try {
      const own = new OpenAI({ apiKey: 'any', baseURL: `${espeak.url}/v1`, maxRetries: 0 });
      const response = await own.audio.speech.create({
        input: 'hello',
        model: 'tts-1',
        voice: 'nova',
        stream_format: 'sse',
      });

      expect((await readEvents(response)).at(-1)).toMatchObject({ type: 'speech.audio.done' });
    } finally {
      await espeak.close();
    }
  });
});
