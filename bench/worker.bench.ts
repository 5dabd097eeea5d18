import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startWorker } from '../scripts/start-product.js';
import { fromProject } from '../src/config/project-paths.js';
import { createLocalEngine } from '../src/whisper-worker/engines/create-local-engine.js';
import { HostedEngine } from '../src/whisper-worker/host/hosted-engine.js';
import { LaneScheduler } from '../src/whisper-worker/lanes/lane-scheduler.js';
import { humanClip, humanWords } from '../test/support/wav.js';
import { wordErrors, wordsOf } from '../test/support/word-error-rate.js';
import { sampleUtterances } from '../test/support/worker-proofs.js';
import { fixedWindow, originMethod, type Baseline } from './worker/baseline-streams.js';
import { captionPolicies } from './worker/caption-policies.js';
import { ms, percent, quantile, table } from './figures.js';
import { writeMadeUpTiny } from './worker/made-up-whisper.js';
import { speech } from './worker/paced-speech.js';
import { parleyStream, type StreamFigures } from './worker/parley-stream.js';
import { costOfTree, type TreeCost } from './process-figures.js';
import { sessionBurst } from './worker/session-burst.js';
import { SIXTY_WORDS } from '../test/support/sixty-words.js';

const STREAMS = [1, 4, 16];
const BURST = 50;
const BASE = 'whisper-base';
const LANES = availableParallelism();
/** Speakers do not begin together. */
const STAGGER_MS = 370;
const HEAD = [
  'method',
  'streams',
  'final p50',
  'p95',
  'interim age p50',
  'flicker',
  'WER',
  'CPU per audio s',
  'RSS',
  'load',
];

type Speaker = () => Promise<StreamFigures | undefined>;

/**
 * What a speaker waits for, side by side: Parley's worker, the origin's method (collect 3 s, decode all of it), and a decode of
 * 30 s windows, each with the models of the tests and with a model of tiny's size. Arguments `words`, `tiny`,
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
    if (wants('words')) await compare(SIXTY_WORDS, 'sixty-words/en');
    if (wants('tiny')) await compare(tiny, 'tiny-sized, weights made up');
    if (wants('lanes')) await compareHosts(tiny);
    if (wants('burst')) await burst();
    if (wants('captions')) await captions();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(model: string, name: string): Promise<void> {
  const rows: string[][] = [];
  for (const streams of STREAMS) {
    rows.push(await parley(model, streams));
    rows.push(await baseline('origin: every 3 s', originMethod, model, streams));
    rows.push(await baseline('30 s windows', fixedWindow, model, streams));
  }
  console.log(`${name}; ms from the end of a sentence (500 ms of silence included)\n`);
  console.log(`${table(HEAD, rows)}\n`);
}

async function parley(
  model: string,
  streams: number,
  lanesPerHost = 1,
  method = 'Parley',
): Promise<string[]> {
  const worker = await startWorker({
    WHISPER_MODEL: model,
    WHISPER_LANES: String(LANES),
    WHISPER_LANES_PER_HOST: String(lanesPerHost),
    LOG_LEVEL: 'info',
  });
  try {
    const port = Number(new URL(worker.url).port);
    return await measure(method, streams, model, () => parleyStream(port), worker.pid);
  } finally {
    await worker.stop();
  }
}

async function baseline(method: string, stream: Baseline, model: string, streams: number): Promise<string[]> {
  const engine = await HostedEngine.start(
    {
      engine: 'sherpa',
      model,
      modelsDir: fromProject('models'),
      maxRecognisers: 1,
      lanes: LANES,
      lanesPerHost: 1,
      decodeTimeoutMs: 120_000,
      loadTimeoutMs: 120_000,
      hungMs: 60_000,
    },
    pino({ level: 'silent' }),
  );
  try {
    await engine.prepare({ language: 'en', task: 'transcribe', words: false });
    const lanes = new LaneScheduler(LANES, 10_000);
    return await measure(method, streams, model, () => stream(engine, lanes), process.pid);
  } finally {
    await engine.close();
  }
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
  console.log(`${table(['model', 'speech', 'policy', 'flicker', 'text shown'], rows)}\n`);
}

async function measure(
  method: string,
  streams: number,
  model: string,
  speak: Speaker,
  pid: number,
): Promise<string[]> {
  const before = costOfTree(pid);
  const outcomes = await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      await sleep((index * STAGGER_MS) % 5_000);
      return speak();
    }),
  );
  const figures = outcomes.filter((outcome) => outcome !== undefined);
  return row(method, streams, model, figures, before, costOfTree(pid));
}

function row(
  method: string,
  streams: number,
  model: string,
  figures: readonly StreamFigures[],
  before: TreeCost,
  after: TreeCost,
): string[] {
  const { samples, sentences } = speech();
  const finals = figures.flatMap(({ finalMs }) => finalMs);
  const interims = figures.flatMap(({ interimMs }) => interimMs);
  const [emitted, retracted] = (['emitted', 'retracted'] as const).map((key) =>
    figures.reduce((sum, each) => sum + each[key], 0),
  );
  // What made-up weights say means nothing.
  const hasMeaning = model === SIXTY_WORDS;
  const expected = wordsOf(sentences.map(({ text }) => text).join(' '));
  const errors = figures.reduce((sum, { text }) => sum + wordErrors(expected, wordsOf(text)), 0);
  const cpu = (after.cpuSeconds - before.cpuSeconds) / ((figures.length * samples.length) / 16_000);
  return [
    method,
    figures.length === streams ? String(streams) : `${streams}, ${streams - figures.length} refused`,
    ms(quantile(finals, 0.5)),
    ms(quantile(finals, 0.95)),
    interims.length === 0 ? '-' : ms(quantile(interims, 0.5)),
    emitted && hasMeaning ? percent(retracted! / emitted) : '-',
    hasMeaning ? percent(errors / (expected.length * figures.length)) : '-',
    `${Math.round(cpu * 1_000)} ms`,
    `${Math.round(after.residentBytes / 1e6)} MB`,
    // Of the last minute, this run and everything else on the machine.
    (loadavg()[0] ?? 0).toFixed(1),
  ];
}

async function compareHosts(model: string): Promise<void> {
  const rows = [
    await parley(model, 16, 1, `${LANES} hosts of one lane`),
    await parley(model, 16, LANES, `one host of ${LANES} lanes`),
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
