import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { SPEECH_SYNTHESIZERS, type SpeechSynthesizer } from '../../src/tts/speech-synthesizer.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { ENDLESS, heard, putToneVoices } from '../support/tone-voice.js';
import { waitFor } from '../support/wait-for.js';

describe('POST /tts with a neural voice that is in trouble', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;

  beforeEach(async () => {
    folder = await temporaryFolder();
    await putToneVoices(folder.path, 'tone');
  });
  afterEach(async () => {
    await sut.close();
    await folder.remove();
  });

  const start = async (overrides: Record<string, string> = {}): Promise<void> => {
    sut = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'sherpa',
      TTS_FALLBACK: 'none',
      MODELS_DIR: folder.path,
      TTS_SHERPA_HOSTS: '1',
      TTS_SHERPA_STOP_MS: '100',
      ...overrides,
    });
  };
  const speak = (body: object, init?: RequestInit): Promise<Response> =>
    postJson(`${sut.url}/tts`, { format: 'pcm', store: false, ...body }, init);
  const hostsEnded = (): number => {
    const [sherpa] = sut.app.get<readonly SpeechSynthesizer[]>(SPEECH_SYNTHESIZERS);
    return sherpa!.status!()['hostsEnded']!;
  };

  it('answers a language without a voice with 503 where nobody else is to speak', async () => {
    await start();

    const response = await speak({ input: '안녕하세요' });

    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({
      code: 'provider_unconfigured',
      message: expect.stringContaining('No voice speaks ko.'),
    });
  });

  it.each([
    ['without its tokens', 'tokens.txt', 'it has no tokens.txt'],
    ['without its model', 'model.onnx', 'it has no .onnx model'],
  ])('says what is wrong with a folder %s', async (_what, file, reason) => {
    await rm(join(folder.path, 'voices', 'tone', file));
    await start();

    const response = await speak({ input: 'back', voice: 'tone' });

    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ message: `The voice tone cannot speak: ${reason}.` });
  });

  it.each([
    ['a model that is cut', 'model.onnx', 'cut', 'its model is none of sherpa-onnx'],
    ['a voice.json that is none', 'voice.json', '{"kind":"parrot"}', 'its voice.json is wrong'],
  ])('says what is wrong with %s', async (_what, file, content, reason) => {
    await writeFile(join(folder.path, 'voices', 'tone', file), content);
    await start();

    expect(await errorOf(await speak({ input: 'back', voice: 'tone' }))).toMatchObject({
      code: 'provider_unconfigured',
      message: expect.stringContaining(reason),
    });
  });

  it('lets espeak speak for a voice that ends its process while it loads, and tells why', async () => {
    await writeFile(join(folder.path, 'voices', 'tone', 'tokens.txt'), 'no tokens\nat all\n');
    await start({ TTS_FALLBACK: 'espeak', ESPEAK_PATH: 'npm' });

    const response = await speak({ input: 'back', voice: 'tone' });

    expect(response.headers.get('x-tts-provider')).toBe('espeak');
    expect(response.headers.get('x-tts-fallback')).toBe(
      'sherpa;code=provider_unconfigured;reason="The voice tone does not load."',
    );
    expect((await bytesOf(response)).length).toBeGreaterThan(1_000);
    const ended = hostsEnded();
    await bytesOf(await speak({ input: 'back again', voice: 'tone' }));
    // It is left alone for a while.
    expect(hostsEnded()).toBe(ended);
  });

  it('sends the first sentence while the second one is still being spoken', async () => {
    await start();
    const leaver = new AbortController();
    const response = await speak({ input: `Back home again. ${ENDLESS}` }, { signal: leaver.signal });
    const { value } = await response.body!.getReader().read();
    leaver.abort();

    expect(heard(Buffer.from(value))).toMatch(/^back_/);
  });

  it('ends the process of a sentence that goes on after its listener has left', async () => {
    await start();
    const leaver = new AbortController();
    const response = await speak({ input: `Back home again. ${ENDLESS}` }, { signal: leaver.signal });
    await response.body!.getReader().read();
    leaver.abort();

    await waitFor(() => hostsEnded() === 1, 'the process to be ended');
    expect(heard(await bytesOf(await speak({ input: 'back' })))).toBe('back');
  });

  it('cuts a speech whose sentence takes too long, and speaks the next one', async () => {
    await start({ TTS_SHERPA_SENTENCE_TIMEOUT_MS: '3000' });
    const response = await speak({ input: `Back home again. ${ENDLESS}` });

    await expect(bytesOf(response)).rejects.toThrow('terminated');
    expect(heard(await bytesOf(await speak({ input: 'back' })))).toBe('back');
  });

  it('answers 504 when that is the first sentence', async () => {
    await start({ TTS_SHERPA_SENTENCE_TIMEOUT_MS: '500' });

    const response = await speak({ input: ENDLESS });

    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ code: 'provider_timeout' });
  });

  it('speaks no further than a sentence ahead of a listener that does not read', async () => {
    await start({ TTS_SHERPA_SENTENCE_TIMEOUT_MS: '10000' });
    // Long enough to fill every buffer on the way, then a sentence that nobody behind it would hear the end of.
    const input = `Back ${'home again and again, '.repeat(7)}. `.repeat(150) + ENDLESS;
    const stalled = request(`${sut.url}/tts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    stalled.on('error', () => undefined);
    const answered = new Promise((resolve) => {
      stalled.once('response', resolve);
    });
    stalled.end(JSON.stringify({ input, format: 'pcm', store: false }));
    await answered;
    // Another speech is spoken meanwhile: nothing of the stalled one waits in front of it.
    for (let count = 0; count < 20; count++) await bytesOf(await speak({ input: `back ${count}` }));

    expect(hostsEnded()).toBe(0);
    stalled.destroy();
  });

  it('shares a speech and keeps it', async () => {
    await start({ TTS_DIR: folder.path, TTS_CACHE_BYTES: '10000000' });
    const ask = async (): Promise<string | null> => {
      const response = await speak({ input: 'Back home. And back again.', store: true });
      expect(heard(await bytesOf(response))).toBe('back_home_and_back_again_');
      return response.headers.get('x-tts-cache');
    };

    const sources = await Promise.all([ask(), ask()]);

    expect(sources.toSorted()).toEqual(['join', 'miss']);
    await waitFor(async () => (await ask()) === 'hit', 'the speech to be kept');
  });
});
