import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startWorker } from '../../scripts/start-product.js';
import { fromProject } from '../../src/config/project-paths.js';
import { HostedEngine } from '../../src/whisper-worker/host/hosted-engine.js';
import { LaneScheduler } from '../../src/whisper-worker/lanes/lane-scheduler.js';
import { wordErrors, wordsOf } from '../../test/support/word-error-rate.js';
import { ms, percent, quantile } from '../figures.js';
import { costOfTree, type TreeCost } from '../process-figures.js';
import type { Baseline } from './baseline-streams.js';
import type { Speech } from './paced-speech.js';
import { parleyStream, type StreamFigures } from './parley-stream.js';

/** Speakers do not begin together. */
const STAGGER_MS = 370;

export const HEAD = [
  'method',
  'streams',
  'final p50',
  'p95',
  'beyond silence p50',
  'p95',
  'interim age p50',
  'flicker',
  'shown before',
  'WER',
  'CPU per audio s',
  'RSS',
  'load',
];

/** What all methods of a table have in common. */
export interface Setting {
  /** A name in `models/`, or a path. */
  model: string;
  speech: Speech;
  lanes: number;
  /** What made-up weights say means nothing. */
  hasMeaning: boolean;
}

type Speaker = () => Promise<StreamFigures | undefined>;

/** A row of Parley's worker, a process of its own. */
export async function parleyRow(
  setting: Setting,
  streams: number,
  { method = 'Parley', lanesPerHost = 1 } = {},
): Promise<string[]> {
  const worker = await startWorker({
    WHISPER_MODEL: setting.model,
    WHISPER_LANES: String(setting.lanes),
    WHISPER_LANES_PER_HOST: String(lanesPerHost),
  });
  try {
    const port = Number(new URL(worker.url).port);
    const speak = (): Promise<StreamFigures | undefined> => parleyStream(port, setting.speech);
    return await measure(setting, method, streams, speak, worker.pid);
  } finally {
    await worker.stop();
  }
}

/** A row of another method on the same engine processes and lanes. */
export async function baselineRow(
  setting: Setting,
  streams: number,
  method: string,
  stream: Baseline,
): Promise<string[]> {
  const { model, lanes, speech } = setting;
  const engine = await HostedEngine.start(
    {
      engine: 'sherpa',
      model,
      modelsDir: fromProject('models'),
      maxRecognisers: 1,
      lanes,
      lanesPerHost: 1,
      decodeTimeoutMs: 120_000,
      loadTimeoutMs: 120_000,
      hungMs: 60_000,
    },
    pino({ level: 'silent' }),
  );
  try {
    await engine.prepare({ language: 'en', task: 'transcribe', words: false });
    const scheduler = new LaneScheduler(lanes, 10_000);
    const speak = (): Promise<StreamFigures> => stream(speech, engine, scheduler);
    return await measure(setting, method, streams, speak, process.pid);
  } finally {
    await engine.close();
  }
}

async function measure(
  setting: Setting,
  method: string,
  streams: number,
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
  const refused = streams - figures.length;
  const places = refused === 0 ? String(streams) : `${streams}, ${refused} refused`;
  return [method, places, ...cells(setting, figures, before, costOfTree(pid))];
}

export function cells(
  { speech, hasMeaning }: Setting,
  figures: readonly StreamFigures[],
  before: TreeCost,
  after: TreeCost,
): string[] {
  const all = (key: 'finalMs' | 'silenceMs' | 'interimMs'): number[] => figures.flatMap((each) => each[key]);
  const sum = (key: 'emitted' | 'retracted' | 'said' | 'shown'): number =>
    figures.reduce((total, each) => total + each[key], 0);
  const [finals, silences, interims] = [all('finalMs'), all('silenceMs'), all('interimMs')];
  const beyond = silences.map((silence, index) => finals[index]! - silence);
  const expected = wordsOf(speech.sentences.map(({ text }) => text).join(' '));
  const errors = figures.reduce((total, { text }) => total + wordErrors(expected, wordsOf(text)), 0);
  const audioSeconds = (figures.length * speech.samples.length) / 16_000;
  const cpuMs = (1_000 * (after.cpuSeconds - before.cpuSeconds)) / audioSeconds;
  const hasCaptions = hasMeaning && interims.length > 0;
  return [
    ms(quantile(finals, 0.5)),
    ms(quantile(finals, 0.95)),
    ms(quantile(beyond, 0.5)),
    ms(quantile(beyond, 0.95)),
    ms(quantile(interims, 0.5)),
    hasCaptions ? percent(sum('retracted') / sum('emitted')) : '-',
    hasCaptions ? percent(sum('shown') / sum('said')) : '-',
    hasMeaning ? percent(errors / (expected.length * figures.length)) : '-',
    `${Math.round(cpuMs)} ms`,
    `${Math.round(after.residentBytes / 1e6)} MB`,
    // Of the last minute, this run and everything else on the machine.
    (loadavg()[0] ?? 0).toFixed(1),
  ];
}
