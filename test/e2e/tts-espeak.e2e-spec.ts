import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { ONE_TENANT } from '../../src/common/limits/tenant-shares.js';
import { BinaryEspeak } from '../../src/tts/providers/espeak/binary-espeak.js';
import { bytesOf, errorOf, postJson } from '../support/ask-speech.js';
import { espeakStandIn } from '../support/speech-stand-ins.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const BYTES_PER_SECOND = 48_000;

describe('POST /tts with the npm-supplied espeak', () => {
  let sut: RunningApp;

  beforeAll(async () => {
    sut = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'espeak', ESPEAK_PATH: 'npm' });
  });
  afterAll(() => sut.close());

  const speak = (body: object): Promise<Response> => postJson(`${sut.url}/tts`, { format: 'pcm', ...body });
  const secondsOf = async (body: object): Promise<number> => {
    const response = await speak(body);
    if (response.status !== 200) throw new Error(`refused with ${response.status}`);
    return (await bytesOf(response)).length / BYTES_PER_SECOND;
  };

  it('speaks MP3 with the default voice', async () => {
    const response = await speak({ input: 'Hello there, general.', format: 'mp3' });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(response.headers.get('x-tts-provider')).toBe('espeak');
    expect((await bytesOf(response)).length).toBeGreaterThan(5_000);
  });

  it('speaks as long as the text takes', async () => {
    const seconds = await secondsOf({ input: 'Hello there general kenobi' });

    expect(seconds).toBeGreaterThan(1.2);
    expect(seconds).toBeLessThan(2.2);
  });

  it('speaks faster when told so', async () => {
    const input = 'The quick brown fox jumps over the lazy dog.';

    expect(await secondsOf({ input, speed: 2 })).toBeLessThan((await secondsOf({ input })) * 0.7);
  });

  it('speaks Korean in Korean, without being told', async () => {
    const told = await secondsOf({ input: '안녕하세요. 만나서 반갑습니다.', language: 'ko-KR' });

    expect(await secondsOf({ input: '안녕하세요. 만나서 반갑습니다.' })).toBe(told);
    expect(told).toBeGreaterThan(1.5);
  });

  it.each(['ko', 'en-gb+f2', 'fr-fr', 'pt-pt', 'zh-yue+m3', 'ja', 'NOVA', 'onyx'])(
    'has the voice %s',
    async (voice) => {
      expect(await secondsOf({ input: 'hello', voice })).toBeGreaterThan(0.2);
    },
  );

  it.each([
    ['voice', { voice: 'nobody' }],
    ['voice', { voice: '../../../etc/passwd' }],
    ['voice', { voice: 'en-us+f3+f4' }],
    ['voice', { voice: '--version' }],
    ['voice', { voice: 'gmw/en' }],
    ['voice', { voice: 'constructor' }],
    ['voice', { voice: '__proto__' }],
    ['voice', { voice: 'toString' }],
    ['voice', { voice: 'hasOwnProperty+f1' }],
    ['language', { language: 'constructor' }],
    ['language', { language: 'xx' }],
  ])('refuses an unknown %s (%j)', async (param, body) => {
    const response = await speak({ input: 'hello', ...body });

    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'bad_request', param });
  });

  it('lists a voice for each language', async () => {
    const { voices } = (await (await fetch(`${sut.url}/tts/voices`)).json()) as { voices: object[] };

    expect(voices).toEqual(
      expect.arrayContaining([
        { id: 'nova' },
        { id: 'ko', language: 'ko' },
        { id: 'en-us', language: 'en-us' },
      ]),
    );
  });

  it.each([
    ['a flag', '--version'],
    ['a flag with a file', '-f /etc/hostname'],
    ['a flag that changes the voice', '-v ko hello'],
    ['an element that opens a file', '<audio src="/etc/hostname">x</audio>'],
    ['half an element', '<speak><break time='],
    ['an entity', '&lt; &#0; &unknown;'],
    ['phoneme codes', '[[[[h@loU]]]]'],
    ['lone surrogates', 'a\ud800b\udfff'],
    ['emoji', 'hi 😀👩‍👩‍👧‍👦'],
    ['control characters', 'a\u0007b\u001bc\r\nd'],
    ['marks', '... a ...'],
  ])('reads %s as text', async (_what, input) => {
    expect(await secondsOf({ input })).toBeGreaterThan(0);
  });

  it('does not pause for three seconds because a text says so', async () => {
    const seconds = await secondsOf({ input: 'Hi <break time="3s"/> there' });
    const spelled = await secondsOf({ input: 'Hi less than break time equals 3 s there' });

    expect(Math.abs(seconds - spelled)).toBeLessThan(2);
  });

  it('speaks what comes after a null byte', async () => {
    const whole = await secondsOf({ input: 'one two three four five' });

    expect(await secondsOf({ input: 'one two\u0000three four five' })).toBeGreaterThan(whole * 0.8);
  });
});

describe('POST /tts with an espeak-ng binary', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const path = await espeakStandIn(folder.path);
    sut = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'espeak', ESPEAK_PATH: path });
  });
  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  it('gives it the text by stdin and only what is safe as options', async () => {
    const input = '-f /etc/hostname <break/> [[x]]\u0000 안녕';

    const response = await postJson(`${sut.url}/tts`, { input, format: 'pcm', speed: 1.5 });

    expect((await bytesOf(response)).length).toBe(BYTES_PER_SECOND);
    expect(await readFile(join(folder.path, 'input'), 'utf8')).toBe('-f /etc/hostname <break/> [ [x]]  안녕');
    expect((await readFile(join(folder.path, 'arguments'), 'utf8')).trim().split('\n').at(-1)).toBe(
      '--stdin --stdout -b 1 -v ko+f3 -s 263',
    );
  });

  it('knows its voices, those of the last column as well', async () => {
    const { voices } = (await (await fetch(`${sut.url}/tts/voices`)).json()) as { voices: object[] };

    expect(voices).toEqual(
      expect.arrayContaining([
        { id: 'ko', language: 'ko' },
        { id: 'en', language: 'en' },
      ]),
    );
    expect(voices).not.toContainEqual({ id: 'Language', language: 'Language' });
  });

  it('names the voice as the binary does', async () => {
    await bytesOf(await postJson(`${sut.url}/tts`, { input: 'hello', voice: 'en+f2', format: 'pcm' }));

    expect((await readFile(join(folder.path, 'arguments'), 'utf8')).trim().split('\n').at(-1)).toBe(
      '--stdin --stdout -b 1 -v gmw/en-US+f2 -s 175',
    );
  });
});

describe('an espeak-ng binary that fails', () => {
  it.each([
    ['exit 3', 3],
    ['kill -9 $$', 'SIGKILL'],
  ])('after %s is told apart in the log', async (ending, code) => {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'espeak-ng');
    await writeFile(path, `#!/bin/sh\n${ending}\n`);
    await chmod(path, 0o755);
    const sut = new BinaryEspeak(path, new TenantConcurrencyLimit(1, 'espeak', ONE_TENANT));

    await expect(sut.voices()).rejects.toMatchObject({
      code: 'provider_failed',
      cause: { name: 'EspeakEnded', code },
    });
    await folder.remove();
  });
});

describe('POST /tts with an espeak-ng binary that fails', () => {
  it('answers 502', async () => {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'espeak-ng');
    await writeFile(
      path,
      '#!/bin/sh\nif [ "$1" = --voices ]; then echo; echo " 5 en-us x y z"; exit 0; fi\nexit 3\n',
    );
    await chmod(path, 0o755);
    const sut = await startApp({ FEATURES: 'tts', TTS_PROVIDER: 'espeak', ESPEAK_PATH: path });
    try {
      const response = await postJson(`${sut.url}/tts`, { input: 'hello' });

      expect(response.status).toBe(502);
      expect(await errorOf(response)).toMatchObject({ code: 'provider_failed' });
    } finally {
      await sut.close();
      await folder.remove();
    }
  });
});
