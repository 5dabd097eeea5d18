import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIO_FORMATS } from '../../src/audio/encoding/audio-format.js';
import { bytesOf, postJson } from '../support/ask-speech.js';
import { decodeSpeech } from '../support/decode-speech.js';
import { answersWith, cutsAfter, FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

/** The fake speaks 60 ms of tone for each character. */
const TEXT = 'x'.repeat(50);
const DURATION_MS = 3_000;
/** Encoders work in blocks: MP3 adds at most three frames of 24 ms, AAC two of 43 ms, Opus cuts its own. */
const TOLERANCE_MS = 100;

describe('formats of a provider that has samples only', () => {
  let sut: RunningApp;

  beforeAll(async () => {
    sut = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'fake' });
  });
  afterAll(() => sut.close());

  it.each(AUDIO_FORMATS)('%s is a valid file of the right duration', async (format) => {
    const response = await postJson(`${sut.url}/tts`, { input: TEXT, format });

    const { durationMs, complaints } = await decodeSpeech(await bytesOf(response), format === 'pcm');

    expect(complaints).toBe('');
    expect(Math.abs(durationMs - DURATION_MS)).toBeLessThanOrEqual(TOLERANCE_MS);
  });

  it.each([
    ['mp3', 'audio/mpeg', /^fff3/],
    ['opus', 'audio/ogg', /^4f676753/],
    ['aac', 'audio/aac', /^fff1/],
    ['flac', 'audio/flac', /^664c6143/],
    ['wav', 'audio/wav', /^52494646ffffffff57415645/],
  ])('%s says what it is (%s)', async (format, contentType, signature) => {
    const response = await postJson(`${sut.url}/tts`, { input: 'x', format });

    expect(response.headers.get('content-type')).toBe(contentType);
    expect((await bytesOf(response)).toString('hex')).toMatch(signature);
  });

  it('wav knows its length once it was kept', async () => {
    const folder = await temporaryFolder();
    const cached = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'fake',
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '10000000',
    });
    const ask = (): Promise<Response> => postJson(`${cached.url}/tts`, { input: TEXT, format: 'wav' });
    try {
      const streamed = await bytesOf(await ask());
      let file: Buffer = Buffer.alloc(0);
      await waitFor(async () => {
        const answer = await ask();
        file = await bytesOf(answer);
        return answer.headers.get('x-tts-cache') === 'hit';
      }, 'the speech to be kept');

      expect(file.readUInt32LE(4)).toBe(file.length - 8);
      expect(file.readUInt32LE(40)).toBe(file.length - 44);
      expect(file.subarray(44)).toEqual(streamed.subarray(44));
    } finally {
      await cached.close();
      await folder.remove();
    }
  });
});

describe('a format that the service lacks', () => {
  const SAMPLES = Buffer.alloc(48_000, 7);
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;

  const start = (overrides: Record<string, string> = {}): Promise<RunningApp> =>
    startSpeech(upstream, {
      TTS_SERVICE_FORMATS: 'wav',
      ...overrides,
    });

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    sut = await start();
  });
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  it('is made of its samples', async () => {
    upstream.reset();
    // Cut in the middle of a sample.
    upstream.script = answersWith([SAMPLES.subarray(0, 1_001), SAMPLES.subarray(1_001)]);

    const file = await bytesOf(await postJson(`${sut.url}/tts`, { input: 'hi', format: 'flac' }));

    expect(upstream.calls[0]!.body).toMatchObject({ response_format: 'pcm' });
    expect((await decodeSpeech(file)).durationMs).toBe(1_000);
  });

  it.each(['mp3', 'opus', 'aac', 'flac'])(
    'never looks complete as %s when the service was cut',
    async (format) => {
      upstream.script = cutsAfter([SAMPLES, SAMPLES, SAMPLES]);

      const answer = postJson(`${sut.url}/tts`, { input: 'hi', format }).then(async (response) => {
        if (response.status !== 200) throw new Error(`refused with ${response.status}`);
        return bytesOf(response);
      });

      await expect(answer).rejects.toThrow(/terminated|refused with 502/);
    },
  );
});
