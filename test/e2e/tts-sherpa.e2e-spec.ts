import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { heard, putToneVoices } from '../support/tone-voice.js';

describe('POST /tts with a neural voice', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await putToneVoices(folder.path, 'tone');
    sut = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'sherpa',
      MODELS_DIR: folder.path,
      ESPEAK_PATH: 'npm',
    });
  });
  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  const speak = (body: object): Promise<Response> => postJson(`${sut.url}/tts`, { format: 'pcm', ...body });

  it('speaks the words in their order', async () => {
    const response = await speak({ input: 'Back home. 7 cats!' });

    expect(response.headers.get('x-tts-provider')).toBe('sherpa');
    expect(response.headers.get('x-tts-fallback')).toBeNull();
    expect(heard(await bytesOf(response))).toBe('back_home_7_cats_');
  });

  it('takes half the time at twice the speed', async () => {
    const whole = await bytesOf(await speak({ input: 'back home' }));
    const half = await bytesOf(await speak({ input: 'back home', speed: 2 }));

    expect(half.length * 2).toBeCloseTo(whole.length, -2);
    expect(heard(half, { speed: 2 })).toBe('back_home');
  });

  it.each(['tone:high', 'tone:1', '1'])('has the speaker %s', async (voice) => {
    expect(heard(await bytesOf(await speak({ input: 'back', voice })), { octave: 1 })).toBe('back');
  });

  it.each(['nova', 'Alloy', 'tone', 'tone:low', '0'])(
    'speaks with the default speaker for %s',
    async (voice) => {
      expect(heard(await bytesOf(await speak({ input: 'back', voice })))).toBe('back');
    },
  );

  it.each(['nobody', 'tone:nobody', 'tone:2', '2', 'tone:-1', '../tone', 'constructor'])(
    'refuses the unknown voice %s',
    async (voice) => {
      const response = await speak({ input: 'back', voice });

      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ code: 'bad_request', param: 'voice' });
    },
  );

  it('lists languages, licence and speakers', async () => {
    const { voices } = (await (await fetch(`${sut.url}/tts/voices`)).json()) as { voices: object[] };

    expect(voices).toEqual(
      expect.arrayContaining([
        { id: 'nova' },
        { id: 'tone', language: 'en', licence: 'MIT', speakers: 2 },
        { id: 'tone:high', language: 'en', licence: 'MIT' },
      ]),
    );
  });

  it.each([
    ['mp3', 'audio/mpeg'],
    ['wav', 'audio/wav'],
  ])('is encoded as %s', async (format, type) => {
    const response = await speak({ input: 'Back home.', format });

    expect(response.headers.get('content-type')).toBe(type);
    expect((await bytesOf(response)).length).toBeGreaterThan(1_000);
  });

  it.each([
    ['a null byte', 'ba\u0000ck', 'ba_ck'],
    ['a lone surrogate', 'ba\ud800ck', 'back'],
    ['marks alone in between', 'Ba. ... !!! ck', 'ba_ck'],
    ['a letter that the voice does not know', 'baéck', 'back'],
  ])('reads %s as text', async (_what, input, spoken) => {
    expect(heard(await bytesOf(await speak({ input })))).toBe(spoken);
  });

  it.each([
    ['is told by its writing system', { input: '안녕하세요' }],
    ['is named', { input: 'hallo', language: 'de' }],
  ])('leaves a language without a voice to espeak and says so, when it %s', async (_how, body) => {
    const response = await speak(body);

    expect(response.headers.get('x-tts-provider')).toBe('espeak');
    expect(response.headers.get('x-tts-fallback')).toMatch(
      /^sherpa;code=provider_unconfigured;reason="No voice speaks (ko|de)\./,
    );
    expect((await bytesOf(response)).length).toBeGreaterThan(10_000);
  });

  it('leaves it to espeak also when a voice was named, and counts it', async () => {
    const response = await speak({ input: '안녕하세요', voice: 'tone:high' });

    expect(response.headers.get('x-tts-fallback')).toContain('The voice tone does not speak ko.');
    await bytesOf(response);
    expect(await (await fetch(`${sut.url}/metrics`)).text()).toContain(
      'parley_tts_fallbacks_total{from="sherpa",to="espeak",code="provider_unconfigured"}',
    );
  });

  it('sees a voice that comes while the server runs', async () => {
    await putToneVoices(folder.path, 'later');

    let status = 0;
    while (status !== 200) {
      const response = await speak({ input: 'back', voice: 'later', store: false });
      ({ status } = response);
      await bytesOf(response);
    }
    expect(status).toBe(200);
  });

  it('tells of its voices and processes', async () => {
    const health = (await (await fetch(`${sut.url}/health/ready`)).json()) as {
      components: { tts: object };
    };

    expect(health.components.tts).toMatchObject({
      status: 'ok',
      provider: 'sherpa',
      detail: { fallback: 'espeak', hosts: 1, hostsEnded: 0 },
    });
  });
});
