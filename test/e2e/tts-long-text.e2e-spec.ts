import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesOf, postJson } from '../support/ask-speech.js';
import { decodeSpeech } from '../support/decode-speech.js';
import { FakeOpenAiSpeech, refusesWith, type UpstreamCall } from '../support/fake-openai-speech.js';
import type { RunningApp } from '../support/start-app.js';
import { startSpeech } from '../support/start-speech.js';

const SENTENCES = [
  'Dr. Kim measured 3.5 litres of water today. ',
  '그는 어제 서울에 갔어요. ',
  '今日はいい天気ですね。',
  'And this is the last sentence of all.',
];
const TEXT = SENTENCES.join('');
const BYTES_PER_CHARACTER = 480;

/** PCM that says which text it is for: its length, and the same byte over and over. */
function samplesOf(call: UpstreamCall): Buffer {
  const input = call.body['input'] as string;
  return Buffer.alloc(input.length * BYTES_PER_CHARACTER, input.length);
}

describe('a text longer than the service takes', () => {
  let upstream: FakeOpenAiSpeech;
  let sut: RunningApp;

  beforeAll(async () => {
    upstream = await FakeOpenAiSpeech.start();
    sut = await startSpeech(upstream, {
      TTS_SERVICE_MAX_CHARS: '50',
    });
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await sut.close();
    await upstream.close();
  });

  const inputs = (): unknown[] => upstream.calls.map(({ body }) => body['input']);
  const answerAll = (): void => {
    upstream.script = (call) => {
      call.response.writeHead(200, { 'Content-Type': 'audio/pcm' });
      call.response.end(samplesOf(call));
    };
  };

  it('is asked for in parts that end with sentences', async () => {
    answerAll();

    await bytesOf(await postJson(`${sut.url}/tts`, { input: TEXT, format: 'pcm' }));

    expect(inputs()).toEqual([SENTENCES[0], SENTENCES[1]! + SENTENCES[2]!, SENTENCES[3]]);
  });

  it('comes as one, in order and without a gap', async () => {
    answerAll();

    const body = await bytesOf(await postJson(`${sut.url}/tts`, { input: TEXT, format: 'pcm' }));

    expect(body).toEqual(Buffer.concat(upstream.calls.map(samplesOf)));
  });

  it.each(['mp3', 'opus', 'aac', 'flac', 'wav'])(
    'is one valid %s file of the right duration',
    async (format) => {
      answerAll();

      const body = await bytesOf(await postJson(`${sut.url}/tts`, { input: TEXT, format }));
      const { durationMs, complaints } = await decodeSpeech(body);

      expect(complaints).toBe('');
      expect(Math.abs(durationMs - TEXT.length * 10)).toBeLessThanOrEqual(100);
    },
  );

  it('begins with the first part and looks no further ahead than one', async () => {
    upstream.script = (call) => {
      call.response.writeHead(200, { 'Content-Type': 'audio/pcm' });
      call.response.write(samplesOf(call));
    };
    const response = await postJson(`${sut.url}/tts`, { input: TEXT, format: 'pcm' });
    const calls = [await upstream.nextCall(), await upstream.nextCall()];

    expect(response.status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
    calls[0]!.response.end();
    calls.push(await upstream.nextCall());
    for (const call of calls.slice(1)) call.response.end();
    expect(await bytesOf(response)).toEqual(Buffer.concat(upstream.calls.map(samplesOf)));
  });

  it('is cut when a later part fails', async () => {
    upstream.script = (call) => {
      if (upstream.calls.length === 3) return refusesWith(500)(call);
      call.response.writeHead(200, { 'Content-Type': 'audio/pcm' });
      call.response.end(samplesOf(call));
    };

    const answer = postJson(`${sut.url}/tts`, { input: TEXT, format: 'pcm' });

    await expect(answer.then(bytesOf)).rejects.toThrow('terminated');
  });

  it('costs nothing more once the listener has left', async () => {
    upstream.script = (call) => {
      call.response.writeHead(200, { 'Content-Type': 'audio/pcm' });
      call.response.write(samplesOf(call));
    };
    const leaver = new AbortController();
    await postJson(`${sut.url}/tts`, { input: TEXT, format: 'pcm' }, { signal: leaver.signal });
    const calls = [await upstream.nextCall(), await upstream.nextCall()];
    leaver.abort();

    await Promise.all(calls.map((call) => call.ended));
    expect(upstream.calls).toHaveLength(2);
  });
});
