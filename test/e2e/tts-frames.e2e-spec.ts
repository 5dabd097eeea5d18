import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOf, postJson } from '../support/ask-speech.js';
import { mp3Frames, wavOf } from '../support/audio-bodies.js';
import { countGenerators } from '../support/count-generators.js';
import { answersWith, FakeOpenAiSpeech, type UpstreamScript } from '../support/fake-openai-speech.js';
import { itWith, program } from '../support/programs.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';

/** Each generator costs every chunk some turns of the microtask queue. */
const MOST_GENERATORS = 5;
const CHUNKS = 30;
/** Some chunks may arrive in one piece. */
const SEPARATE_CHUNKS = 10;
const SAMPLES = Buffer.alloc(CHUNKS * 4_800, 7);

describe('the generators that a chunk of speech passes', () => {
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    sut = await startSpeech(upstream, { TTS_SERVICE_MAX_CHARS: '50' });
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  /** Asks twice: what is loaded for the first speech would hold its chunks up, and they would arrive in one piece. */
  const generatorsOf = async (app: RunningApp, body: object, path = '/tts'): Promise<number> => {
    const ask = async (): Promise<Buffer> => bytesOf(await postJson(app.url + path, body));
    await ask();
    upstream.reset();
    return countGenerators(SEPARATE_CHUNKS, ask);
  };

  it('are few for a file that is passed on', async () => {
    upstream.script = inChunks(mp3Frames(10 * CHUNKS));

    expect(await generatorsOf(sut, { input: 'hello' })).toBeLessThanOrEqual(MOST_GENERATORS);
  });

  it('are few for a file that is passed on in events', async () => {
    upstream.script = inChunks(mp3Frames(10 * CHUNKS));
    const body = { input: 'hello', model: 'tts-1', voice: 'nova', stream_format: 'sse' };

    expect(await generatorsOf(sut, body, '/v1/audio/speech')).toBeLessThanOrEqual(MOST_GENERATORS);
  });

  it('are few for an MP3 that is made of the samples of a long text', async () => {
    // Only the first part is long: of a second one the generators would count once more.
    const rest = answersWith([SAMPLES.subarray(0, 100)], 'audio/pcm');
    upstream.script = (call) => (upstream.calls.length === 1 ? inChunks(SAMPLES) : rest)(call);
    const input = 'This is one sentence of a long text. '.repeat(3);

    expect(await generatorsOf(sut, { input })).toBeLessThanOrEqual(MOST_GENERATORS);
  });

  it('are few for an MP3 that is made of a WAV', async () => {
    upstream.script = inChunks(wavOf(SAMPLES));

    expect(await generatorsOf(sut, { input: 'hello' })).toBeLessThanOrEqual(MOST_GENERATORS);
  });

  itWith('espeak-ng')('are few for an MP3 of espeak', async () => {
    const espeak = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'espeak',
      ESPEAK_PATH: program('espeak-ng')!,
    });
    const input = 'This is one sentence of a long text. '.repeat(20);

    expect(await generatorsOf(espeak, { input })).toBeLessThanOrEqual(MOST_GENERATORS);
    await espeak.close();
  });
});

/** Each chunk once the one before it has been passed on. */
function inChunks(file: Buffer): UpstreamScript {
  return async ({ response }) => {
    response.writeHead(200);
    const bytes = Math.ceil(file.length / CHUNKS);
    for (let start = 0; start < file.length; start += bytes) {
      response.write(file.subarray(start, start + bytes));
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    }
    response.end();
  };
}
