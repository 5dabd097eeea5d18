import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FinalMessage, SessionOptions } from '../../src/whisper-protocol/messages.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { Random } from '../support/random.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { sampleClip } from '../support/wav.js';
import { WorkerClient } from '../support/worker-client.js';

/** Speech that can hardly be heard in a hiss. */
function faintSpeech(clip: string): Int16Array {
  const random = new Random(5);
  return sampleClip(clip).map((sample) => Math.round(sample * 0.05) + random.integer(-300, 300));
}

describe('The voice detection of a session', () => {
  let sut: Worker;

  beforeAll(async () => {
    sut = await startTestWorker();
  });

  afterAll(() => sut.close());

  async function finals(samples: Int16Array, vad: SessionOptions['vad']): Promise<FinalMessage[]> {
    const client = await WorkerClient.open(sut.port, { options: { vad } });
    client.send(samples);
    await expect(client.end()).resolves.toMatchObject({ commit: samples.length });
    return client.finals;
  }

  it('hears more or less by its threshold, side by side with others', async () => {
    const speech = faintSpeech('three-sentences.wav');
    const [low, usual, high] = await Promise.all(
      [{ threshold: 0.1 }, undefined, { threshold: 0.95 }].map(async (vad) =>
        (await finals(speech, vad)).reduce((sum, { start, end }) => sum + end - start, 0),
      ),
    );
    expect(low).toBeGreaterThan(usual!);
    expect(usual).toBeGreaterThan(high!);
    await expect(finals(faintSpeech('hello-world.wav'), { threshold: 0.95 })).resolves.toEqual([]);
  });

  it('keeps as much before speech as the session says', async () => {
    const clip = sampleClip('three-sentences.wav');
    const [none, much] = await Promise.all([0, 400].map((preRollMs) => finals(clip, { preRollMs })));
    expect(none![1]!.start - much![1]!.start).toBe(400 * 16);
  });

  it('takes speech for a click that is shorter than the session says', async () => {
    const clip = sampleClip('hello-world.wav');
    await expect(finals(clip, { minSpeechMs: 2_000 })).resolves.toEqual([]);
    await expect(finals(clip, { minSpeechMs: 50 })).resolves.toHaveLength(1);
  });

  it('ends utterances by the silence and the length that the session says', async () => {
    const clip = sampleClip('three-sentences.wav');
    await expect(finals(clip, { silenceMs: 3_000 })).resolves.toHaveLength(1);
    const pieces = await finals(clip, { silenceMs: 3_000, maxUtteranceMs: 1_000 });
    expect(Math.max(...pieces.map(({ start, end }) => end - start))).toBeLessThanOrEqual(16_000);
  });

  it.each([
    ['threshold', 0.99],
    ['threshold', 0],
    ['silenceMs', 49],
    ['preRollMs', 2_001],
    ['minSpeechMs', 0],
    ['maxUtteranceMs', 28_001],
  ])('is refused with a %s of %p, which is named', async (field, value) => {
    const client = await WorkerClient.connect(sut.port);
    client.hello({ options: { vad: { [field]: value } } });
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual({
      code: 4400,
      reason: expect.stringMatching(`^options\\.vad\\.${field}: `),
    });
  });

  it('is refused with a field that nobody knows, however long its name', async () => {
    const client = await WorkerClient.connect(sut.port);
    client.hello({ options: { vad: { ['ü'.repeat(10_000)]: 1 } } });
    await expect(client.closed).resolves.toMatchObject({
      code: 4400,
      reason: expect.stringMatching(/^options\.vad\.ü+/),
    });
  });
});
