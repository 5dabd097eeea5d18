import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker } from '../scripts/start-product.js';
import { fromProject } from '../src/config/project-paths.js';
import { createLocalEngine } from '../src/whisper-worker/engines/create-local-engine.js';
import { SIXTY_WORDS } from '../test/support/sixty-words.js';
import { humanClip, humanWords } from '../test/support/wav.js';
import { sampleUtterances } from '../test/support/worker-proofs.js';
import { ms, percent, table } from './figures.js';
import { fixedWindow, originMethod } from './worker/baseline-streams.js';
import { captionPolicies } from './worker/caption-policies.js';
import { baselineRow, HEAD, parleyRow, type Setting } from './worker/compare-methods.js';
import { writeMadeUpTiny } from './worker/made-up-whisper.js';
import { humanSpeech, sampleSpeech } from './worker/paced-speech.js';
import { sessionBurst } from './worker/session-burst.js';

const STREAMS = [1, 4, 16];
const BURST = 50;
const BASE = 'whisper-base';
const LANES = availableParallelism();

/**
 * What a speaker waits for, side by side: Parley's worker, the origin's method (collect 3 s, decode all of it), and a decode of
 * 30 s windows, each with Whisper base, with the models of the tests and with a model of tiny's size. Arguments `base`, `words`, `tiny`,
 * `lanes` (one engine host of several lanes beside several hosts), `burst` (many sessions at once) and `captions` (what interims
 * take back) choose a part.
 */
export async function run(args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  console.log(
    `${cpus()[0]?.model}, ${LANES} cores, ${LANES} lanes, load before ${loadavg()[0]?.toFixed(1)}\n`,
  );
  try {
    const tiny = join(folder, 'tiny');
    await writeMadeUpTiny(tiny);
    const wants = (part: string): boolean => args.length === 0 || args.includes(part);
    const speech = sampleSpeech();
    const words = { model: SIXTY_WORDS, speech, lanes: LANES, hasMeaning: true };
    const made = { model: tiny, speech, lanes: LANES, hasMeaning: false };
    if (wants('base')) await base();
    if (wants('words')) await compare('sixty-words/en', words, STREAMS);
    if (wants('tiny')) await compare('tiny-sized, weights made up', made, STREAMS);
    if (wants('lanes')) await compareHosts(made);
    if (wants('burst')) await burst();
    if (wants('captions')) await captions();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(name: string, setting: Setting, streams: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  for (const count of streams) {
    rows.push(await parleyRow(setting, count));
    rows.push(await baselineRow(setting, count, 'origin: every 3 s', originMethod));
    rows.push(await baselineRow(setting, count, '30 s windows', fixedWindow));
  }
  show(name, rows);
}

/** Real speech by a real model, about five minutes: the other methods at two streams only. */
async function base(): Promise<void> {
  const setting = { model: BASE, speech: humanSpeech(), lanes: LANES, hasMeaning: true };
  const rows: string[][] = [];
  for (const streams of [1, 2, 4]) rows.push(await parleyRow(setting, streams));
  rows.push(await baselineRow(setting, 2, 'origin: every 3 s', originMethod));
  rows.push(await baselineRow(setting, 2, '30 s windows', fixedWindow));
  show(BASE, rows);
}

function show(name: string, rows: readonly (readonly string[])[]): void {
  console.log(`${name}; ms from the end of speech\n`);
  console.log(`${table(HEAD, rows)}\n`);
}

/** The sixty words by the samples, and Whisper base by human speech. */
async function captions(): Promise<void> {
  const rows: string[][] = [];
  const add = async (
    model: string,
    name: string,
    language: string,
    utterances: readonly Int16Array[],
  ): Promise<void> => {
    const modelsDir = fromProject('models');
    const engine = createLocalEngine({ engine: 'sherpa', model, modelsDir, maxRecognisers: 1 });
    try {
      for (const { policy, flicker, shown } of await captionPolicies(engine, language, utterances))
        rows.push([name, language, policy, percent(flicker), percent(shown)]);
    } finally {
      await engine.close();
    }
  };
  for (const language of ['en', 'ko'] as const)
    await add(
      SIXTY_WORDS,
      'sixty words',
      language,
      sampleUtterances(language).map(({ samples }) => samples),
    );
  await add(BASE, BASE, 'en', Object.keys(humanWords()).map(humanClip));
  console.log('Captions of the same decodes, every 500 ms, all clips at five phases\n');
  console.log(`${table(['model', 'speech', 'policy', 'flicker', 'shown before'], rows)}\n`);
}

async function compareHosts(setting: Setting): Promise<void> {
  const rows = [
    await parleyRow(setting, 16, { method: `${LANES} hosts of one lane` }),
    await parleyRow(setting, 16, { method: `one host of ${LANES} lanes`, lanesPerHost: LANES }),
  ];
  console.log('One host with several lanes, or several hosts (tiny-sized)\n');
  console.log(`${table(HEAD, rows)}\n`);
}

async function burst(): Promise<void> {
  const worker = await startWorker({ LOG_LEVEL: 'info' });
  const port = Number(new URL(worker.url).port);
  const rows: string[][] = [];
  try {
    for (const name of ['first: detectors are made', 'second: they are used again']) {
      const { readyMs, silentMs } = await sessionBurst(port, BURST);
      rows.push([name, ms(readyMs), ms(silentMs)]);
    }
  } finally {
    await worker.stop();
  }
  console.log(`${BURST} sessions at once, beside one that is open; ms\n`);
  console.log(`${table(['burst', 'all ready after', 'longest silence of the open one'], rows)}\n`);
}
