import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { SpeechFlights } from '../../src/tts/flights/speech-flights.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { mp3Frames, wavOf } from '../support/audio-bodies.js';
import { decodeSpeech } from '../support/decode-speech.js';
import { answersWith, FakeOpenAiSpeech, UPSTREAM_SECRET } from '../support/fake-openai-speech.js';
import { itWithNpmFfmpeg } from '../support/programs.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const SAMPLES = Buffer.alloc(24_000, 7);
const MP3 = mp3Frames(20);
const FLAC = readFileSync('test/fixtures/audio/ko-hello.flac');
const OGG = readFileSync('test/fixtures/audio/ko-hello.ogg');
const M4A = readFileSync('test/fixtures/audio/ko-hello.m4a');
const JSON_BODY = Buffer.from(JSON.stringify({ error: { message: UPSTREAM_SECRET } }));
const PAGE = Buffer.from(`<html><body>${UPSTREAM_SECRET}</body></html>`);

describe('a service that answers with something else than it was asked for', () => {
  let upstream: FakeOpenAiSpeech;
  let folder: TemporaryFolder;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    folder = await temporaryFolder();
    sut = await startSpeech(upstream, {
      TTS_DIR: folder.path,
      TTS_CACHE_BYTES: '10000000',
    });
  });
  beforeEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
    await folder.remove();
  });

  let texts = 0;
  const newText = (): string => `text ${(texts += 1)}`;
  const speak = (input: string, format: string): Promise<Response> =>
    postJson(`${sut.url}/tts`, { input, format });
  const untilKept = (): Promise<void> =>
    waitFor(() => sut.app.get(SpeechFlights).size === 0, 'the end of the call');
  /** As a service whose headers are right, or that has none. */
  const answer = (body: Buffer, contentType: string): void => {
    upstream.script = answersWith(
      [body.subarray(0, 3), body.subarray(3, 1_000), body.subarray(1_000)],
      contentType,
    );
  };

  it.each([
    ['MP3', 'pcm', MP3],
    ['MP3', 'wav', MP3],
    ['MP3', 'opus', MP3],
    ['FLAC', 'pcm', FLAC],
    ['FLAC', 'mp3', FLAC],
    ['Opus', 'mp3', OGG],
    ['Opus', 'pcm', OGG],
    ['MP4', 'aac', M4A],
    ['samples', 'mp3', SAMPLES],
    ['samples', 'wav', SAMPLES],
    ['JSON', 'mp3', JSON_BODY],
    ['JSON', 'pcm', JSON_BODY],
    ['JSON', 'wav', JSON_BODY],
    ['a page', 'pcm', PAGE],
    ['a page', 'flac', PAGE],
  ])('is refused with %s for %s, and nothing is kept', async (_what, format, body) => {
    const input = newText();
    for (const contentType of ['audio/mpeg', 'application/octet-stream']) {
      answer(body, contentType);
      const refused = await speak(input, format);
      const text = await refused.clone().text();

      expect(refused.status).toBe(502);
      expect(await errorOf(refused)).toMatchObject({ code: 'provider_failed' });
      expect(text).not.toContain(UPSTREAM_SECRET);
    }
    expect(upstream.calls).toHaveLength(2);
  });

  it('is understood with WAV for samples', async () => {
    answer(wavOf(SAMPLES), 'audio/wav');

    expect(await bytesOf(await speak(newText(), 'pcm'))).toEqual(SAMPLES);
  });

  it('is understood with WAV of another rate for samples', async () => {
    const wav = wavOf(SAMPLES);
    wav.writeUInt32LE(12_000, 24);
    answer(wav, 'audio/wav');

    expect((await bytesOf(await speak(newText(), 'pcm'))).length).toBe(2 * SAMPLES.length);
  });

  it('is understood with WAV for MP3, and what was made of it is kept', async () => {
    answer(wavOf(SAMPLES), 'audio/mpeg');
    const input = newText();
    const first = await bytesOf(await speak(input, 'mp3'));
    await untilKept();
    const again = await speak(input, 'mp3');

    expect(again.headers.get('x-tts-cache')).toBe('hit');
    expect(await bytesOf(again)).toEqual(first);
    expect(first.toString('hex')).toMatch(/^fff3/);
  });

  itWithNpmFfmpeg('is understood with WAV for Opus', async () => {
    answer(wavOf(SAMPLES), 'audio/wav');

    const { durationMs, complaints } = await decodeSpeech(await bytesOf(await speak(newText(), 'opus')));

    expect(complaints).toBe('');
    expect(Math.abs(durationMs - 500)).toBeLessThanOrEqual(100);
  });

  it('is refused with a WAV that cannot be read', async () => {
    const wav = wavOf(SAMPLES);
    wav.writeUInt16LE(0x55, 20);
    answer(wav, 'audio/wav');

    expect(await errorOf(await speak(newText(), 'pcm'))).toMatchObject({ code: 'provider_failed' });
  });

  it('is cut with half a WAV for samples', async () => {
    answer(wavOf(SAMPLES).subarray(0, 10_000), 'audio/wav');

    await expect(speak(newText(), 'pcm').then(bytesOf)).rejects.toThrow('terminated');
  });

  it.each([
    ['mp3', MP3.subarray(0, MP3.length - 50)],
    ['mp3', Buffer.concat([MP3, PAGE])],
    ['opus', OGG.subarray(0, OGG.length - 50)],
    ['wav', wavOf(SAMPLES).subarray(0, 10_000)],
    ['pcm', SAMPLES.subarray(1)],
  ])('is not kept with half a file of %s that ends in good order', async (format, body) => {
    answer(body, 'application/octet-stream');
    const input = newText();
    await bytesOf(await speak(input, format));
    await untilKept();

    expect((await speak(input, format)).headers.get('x-tts-cache')).toBe('miss');
    const clip = await postJson(`${sut.url}/tts/clips`, { input, format });
    expect(clip.status).toBe(502);
    expect(await errorOf(clip)).toMatchObject({ code: 'provider_failed' });
  });

  it('is replaced when there is another one', async () => {
    const replaced = await startSpeech(upstream, {
      TTS_FALLBACK: 'fake',
    });
    try {
      answer(MP3, 'audio/pcm');
      const response = await postJson(`${replaced.url}/tts`, { input: 'hello', format: 'pcm' });

      expect(response.headers.get('x-tts-provider')).toBe('fake');
      await bytesOf(response);
    } finally {
      await replaced.close();
    }
  });
});
