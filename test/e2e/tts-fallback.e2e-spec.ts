import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mp3With } from '../support/audio-bodies.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
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

const FILE = mp3With('a speech of the service');

describe('a provider with another one to fall back to', () => {
  let upstream: FakeOpenAiSpeech;
  let folder: TemporaryFolder;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    folder = await temporaryFolder();
    sut = await startSpeech(upstream, {
      TTS_FALLBACK: 'fake',
      TTS_IDLE_TIMEOUT_MS: '2000',
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '1000000',
      // Where another one stands ready, nobody is asked twice.
      OPENAI_MAX_RETRIES: '3',
    });
  });
  beforeEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
    await folder.remove();
  });

  const speak = (body: object = {}): Promise<Response> =>
    postJson(`${sut.url}/tts`, { input: 'hello', ...body });

  it.each([
    ['refuses our key', refusesWith(401)],
    ['is busy', refusesWith(429)],
    ['is busy for a while', refusesWith(429, { 'Retry-After': '1' })],
    ['is out of quota', refusesWith(402)],
    ['breaks', refusesWith(503)],
    ['cuts the connection', cutsAfter([])],
    ['sends no audio', answersWith([])],
    ['sends no first byte', stallsAfter([])],
  ])('is replaced when it %s', async (_what, script) => {
    upstream.script = script;

    const response = await speak();

    expect(response.status).toBe(200);
    expect(response.headers.get('x-tts-provider')).toBe('fake');
    expect((await bytesOf(response)).length).toBeGreaterThan(1_000);
    expect(upstream.calls).toHaveLength(1);
  });

  it('speaks itself when it can', async () => {
    upstream.script = answersWith([FILE]);

    const response = await speak({ input: 'it can' });

    expect(response.headers.get('x-tts-provider')).toBe('openai');
    expect(await bytesOf(response)).toEqual(FILE);
  });

  it('is not replaced when the request is wrong', async () => {
    upstream.script = refusesWith(400);

    expect((await speak()).status).toBe(400);
  });

  it('is not replaced after the first byte', async () => {
    upstream.script = cutsAfter([FILE]);

    await expect(speak({ input: 'cut' }).then(bytesOf)).rejects.toThrow('terminated');
  });

  it('tells its own failure when the other one does not know the voice', async () => {
    upstream.script = refusesWith(503);

    const response = await speak({ voice: 'voice_of_somebody' });

    expect(await errorOf(response)).toMatchObject({ code: 'provider_failed' });
  });

  it('does not find in its cache what the other one made', async () => {
    upstream.script = refusesWith(503);
    await bytesOf(await speak({ input: 'whose' }));
    upstream.script = answersWith([FILE]);

    expect(await bytesOf(await speak({ input: 'whose' }))).toEqual(FILE);
  });

  it.each([
    ['asks to wait', refusesWith(429, { 'Retry-After': '7' })],
    ['says that it is overloaded', refusesWith(503, { 'Retry-After': '7' })],
    ['never answers', neverAnswers],
  ])('is asked once and replaced without waiting when it %s', async (_what, script) => {
    const patient = await startSpeech(upstream, {
      TTS_FALLBACK: 'fake',
      OPENAI_MAX_RETRIES: '5',
      OPENAI_HEADERS_TIMEOUT_MS: '2000',
    });
    try {
      upstream.script = script;
      const response = await postJson(`${patient.url}/tts`, { input: 'hello' });

      expect(response.headers.get('x-tts-provider')).toBe('fake');
      expect(upstream.calls).toHaveLength(1);
      await bytesOf(response);
    } finally {
      await patient.close();
    }
  });

  it('is listed with the voices of both', async () => {
    const body: unknown = await (await fetch(`${sut.url}/tts/voices`)).json();

    expect(body).toMatchObject({ provider: 'openai', fallback: [{ provider: 'fake' }] });
  });
});
