import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SessionOptions, WorkerMessage } from '../../src/whisper-protocol/messages.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { humanClip, humanWords, sampleClip } from '../support/wav.js';
import { wordErrors, wordsOf } from '../support/word-error-rate.js';
import { WorkerClient } from '../support/worker-client.js';

const SECOND = 16_000;

/** A real model: far more than it takes, as machines are shared. */
jest.setTimeout(300_000);

describe('Human speech, heard by Whisper base', () => {
  let sut: Worker;

  beforeAll(async () => {
    sut = await startTestWorker({ WHISPER_MODEL: 'whisper-base' });
  });

  afterAll(() => sut.close());

  /** All at once: what is said follows from the audio, not from how fast it comes. */
  async function hear(
    parts: Int16Array[],
    options: SessionOptions = { language: 'en' },
  ): Promise<WorkerClient> {
    const client = await WorkerClient.open(sut.port, { options });
    for (const part of parts) client.send(part);
    await client.end();
    return client;
  }

  const texts = ({ finals }: WorkerClient): string[] => finals.map(({ text }) => text);

  it('is cut between sentences, though the speaker pauses for a second inside one', async () => {
    const client = await hear([humanClip('jfk.wav'), new Int16Array(2 * SECOND)]);
    expect(texts(client)).toEqual([
      'And so my fellow Americans ask not what your country can do for you.',
      'Ask what you can do for your country.',
    ]);
  });

  it.each(['arctic-a0009.wav', 'goforward.wav'])('says the words of %s in one final', async (name) => {
    const client = await hear([humanClip(name), new Int16Array(2 * SECOND)]);
    expect(client.finals).toHaveLength(1);
    const said = wordsOf(humanWords()[name]!.replace('ten', '10'));
    expect(wordErrors(said, wordsOf(client.text))).toBe(0);
  });

  it('is cut at every silence of the length that a session names', async () => {
    const vad = { silenceMs: 500 };
    const client = await hear([humanClip('jfk.wav'), new Int16Array(2 * SECOND)], { language: 'en', vad });
    expect(client.finals.length).toBeGreaterThan(2);
  });

  it('is in one language from the first final on, when that is to be detected', async () => {
    const pause = new Int16Array(2 * SECOND);
    const clips = [
      humanClip('jfk.wav'),
      pause,
      sampleClip('ko-conversation-20s.wav').subarray(0, 6 * SECOND),
      pause,
    ];
    const client = await hear(clips, { language: 'auto' });
    expect(new Set(client.finals.map(({ language }) => language))).toEqual(new Set(['en']));
  });

  it('has captions that keep what they have promised', async () => {
    const client = await WorkerClient.open(sut.port, { options: { language: 'en', interim: true } });
    const interims = (): Extract<WorkerMessage, { type: 'interim' }>[] =>
      client.messages.filter((message) => message.type === 'interim');
    const speech = humanClip('jfk.wav');
    for (let at = 0; at < speech.length; at += SECOND) {
      client.send(speech.subarray(at, at + SECOND));
      // The first second of an utterance rarely makes a caption.
      if (at === 3 * SECOND) await client.next('interim');
    }
    await client.end();
    for (const { utterance, text, stable } of interims()) {
      const final = client.finals.find((each) => each.utterance === utterance);
      expect(final?.text.slice(0, stable)).toBe(text.slice(0, stable));
    }
  });
});
