import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Engine } from '../../src/whisper-worker/engine.js';
import { createLocalEngine } from '../../src/whisper-worker/engines/create-local-engine.js';
import { guardText } from '../../src/whisper-worker/guards/text-guard.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { joined } from '../support/coded-speech.js';
import { NOISE_KINDS, noise, noiseCorpus } from '../support/noise-corpus.js';
import { Random, testSeed } from '../support/random.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { humanClip, humanWords, toFloat } from '../support/wav.js';
import { wordsOf } from '../support/word-error-rate.js';
import { WorkerClient } from '../support/worker-client.js';

const RATE = 16_000;
const SEED = testSeed();

/** A real model: far more than it takes, as machines are shared. */
jest.setTimeout(300_000);

describe('Whisper base, where nobody speaks (half an hour of it is in test/soak)', () => {
  let sut: Worker;

  beforeAll(async () => {
    sut = await startTestWorker({ WHISPER_MODEL: 'whisper-base' });
  });

  afterAll(() => sut.close());

  it.each([
    ['in English', { language: 'en' }],
    [
      'in a language to be detected, by a detector that takes much for speech',
      { language: 'auto', vad: { threshold: 0.1 } },
    ],
  ])('says at most one thing in 40 s of noise: %s', async (_, options) => {
    const client = await WorkerClient.open(sut.port, { options });
    client.send(noiseCorpus(40, new Random(SEED)).samples, RATE);
    const { commit } = await client.end();
    expect(commit).toBe(40 * RATE);
    expect(client.finals.length).toBeLessThanOrEqual(1);
  });

  it('says what people said, and nothing about the noise between them', async () => {
    const [first, second] = ['austen-0930.wav', 'arctic-a0009.wav'] as const;
    const client = await WorkerClient.open(sut.port, { options: { language: 'en' } });
    client.send(
      joined([
        humanClip(first),
        noiseCorpus(15, new Random(SEED)).samples,
        humanClip(second),
        new Int16Array(8 * RATE),
      ]),
      RATE,
    );
    await client.end();
    expect(wordsOf(client.text)).toEqual([first, second].flatMap((clip) => wordsOf(humanWords()[clip]!)));
  });
});

describe('Whisper base without a detector before it', () => {
  let sut: Engine;

  beforeAll(() => {
    sut = createLocalEngine({
      engine: 'sherpa',
      model: 'whisper-base',
      modelsDir: 'models',
      maxRecognisers: 1,
    });
  });

  afterEach(() => sut.close());

  it('has no words for any kind of noise', async () => {
    const random = new Random(SEED);
    const heard: Record<string, string> = {};
    for (const kind of NOISE_KINDS) {
      const samples = toFloat(noise(kind, 2 * RATE, random));
      const request = { samples, language: 'en', task: 'transcribe', words: false } as const;
      const { text } = await sut.decode(request, new AbortController().signal);
      heard[kind] = guardText(text, 2_000).text;
    }
    expect(heard).toEqual(Object.fromEntries(NOISE_KINDS.map((kind) => [kind, ''])));
  });
});
