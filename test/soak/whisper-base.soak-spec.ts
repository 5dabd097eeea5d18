import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalEngine } from '../../src/whisper-worker/engines/create-local-engine.js';
import { guardText } from '../../src/whisper-worker/guards/text-guard.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { joined } from '../support/coded-speech.js';
import { noiseCorpus, type NoisePiece } from '../support/noise-corpus.js';
import { Random, soakSeed } from '../support/random.js';
import { startHostedWorker } from '../support/start-test-worker.js';
import { humanClip, humanWords, toFloat } from '../support/wav.js';
import { wordErrors, wordsOf } from '../support/word-error-rate.js';
import { WorkerClient } from '../support/worker-client.js';

const MINUTES = 60_000;
const RATE = 16_000;

interface Span {
  start: number;
  end: number;
}

const overlap = (one: Span, other: Span): boolean => one.start < other.end && other.start < one.end;

/** What was said where nobody speaks, with the noise that it was taken from. */
function invented(client: WorkerClient, pieces: readonly NoisePiece[], speech: readonly Span[]): string[] {
  return client.finals
    .filter((final) => !speech.some((span) => overlap(final, span)))
    .map((final) => {
      const { kind } = pieces.find((piece) => overlap(final, piece))!;
      return `${kind}: ${final.language} ${final.text}`;
    });
}

describe('What Whisper base hears in half an hour of noise', () => {
  let sut: Worker;
  let seed: number;

  beforeAll(() => {
    seed = soakSeed();
  });

  afterEach(() => sut?.close());

  it.each([
    ['in English, as sessions are', { language: 'en' }],
    [
      'in a language to be detected, by a detector that takes much for speech',
      { language: 'auto', vad: { threshold: 0.1 } },
    ],
  ])(
    'is at most one final: %s',
    async (_, options) => {
      sut = await startHostedWorker({ WHISPER_MODEL: 'whisper-base', WHISPER_LANES: '1' });
      const { samples, pieces } = noiseCorpus(1_800, new Random(seed));
      const client = await WorkerClient.open(sut.port, { options });
      client.send(samples, RATE);
      const { commit } = await client.end();
      const texts = invented(client, pieces, []);
      console.log(`${texts.length} finals in 30 minutes`, texts);
      expect(commit).toBe(samples.length);
      expect(texts.length).toBeLessThanOrEqual(1);
    },
    20 * MINUTES,
  );

  it(
    'is at most one text where no detector stands before the model',
    async () => {
      const engine = createLocalEngine({
        engine: 'sherpa',
        model: 'whisper-base',
        modelsDir: 'models',
        maxRecognisers: 1,
      });
      const { samples, pieces } = noiseCorpus(1_800, new Random(seed));
      const texts: string[] = [];
      for (const { kind, start, end } of pieces) {
        const request = { samples: toFloat(samples.subarray(start, end)), language: 'en', words: false };
        const decoded = await engine.decode({ ...request, task: 'transcribe' }, new AbortController().signal);
        const { text } = guardText(decoded.text, ((end - start) * 1_000) / RATE);
        if (text !== '') texts.push(`${kind}: ${text}`);
      }
      await engine.close();
      console.log(`${texts.length} texts of ${pieces.length} pieces`, texts);
      expect(texts.length).toBeLessThanOrEqual(1);
    },
    20 * MINUTES,
  );

  it(
    'is nothing between the words of people who speak now and then',
    async () => {
      sut = await startHostedWorker({ WHISPER_MODEL: 'whisper-base', WHISPER_LANES: '1' });
      const random = new Random(seed);
      const client = await WorkerClient.open(sut.port, { options: { language: 'en' } });
      const pieces: NoisePiece[] = [];
      const speech: Span[] = [];
      const said: string[] = [];
      let at = 0;
      const names = Object.keys(humanWords());
      while (at < 1_800 * RATE) {
        const noise = noiseCorpus(random.integer(10, 40), random);
        for (const { kind, start, end } of noise.pieces)
          pieces.push({ kind, start: at + start, end: at + end });
        at += noise.samples.length;
        const name = random.pick(names);
        const clip = humanClip(name);
        speech.push({ start: at, end: at + clip.length });
        said.push(...wordsOf(humanWords()[name]!));
        at += clip.length;
        client.send(joined([noise.samples, clip]), RATE);
      }
      await client.end();
      const texts = invented(client, pieces, speech);
      const errors = wordErrors(said, wordsOf(client.text));
      console.log(`${said.length} words, ${errors} errors, ${texts.length} invented finals`, texts);
      expect(texts.length).toBeLessThanOrEqual(1);
      expect(errors / said.length).toBeLessThanOrEqual(0.1);
    },
    20 * MINUTES,
  );
});
