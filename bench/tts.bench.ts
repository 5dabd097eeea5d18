import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProduct, type RunningProcess } from '../scripts/start-product.js';
import { listen, open, summarise, type Listened } from './tts/listeners.js';
import { quantile } from './figures.js';
import { residentMegabytes } from './process-figures.js';
import { neuralVoice } from './tts/neural-voice.js';
import { startServer } from './tts/start-server.js';

const MODEL = { model: 'tts-1', voice: 'nova' };
const LEVELS = [
  { concurrent: 1, rounds: 15 },
  { concurrent: 50, rounds: 4 },
  { concurrent: 200, rounds: 3 },
];
const STALLED = 50;
let texts = 0;

/**
 * What the server adds to a slow service, what a stalled listener and a repeated text cost, how small the edge shape is, and with
 * `--voice FOLDER` what that neural voice costs beside espeak.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { voice, only } = optionsOf(args);
  const dir = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  try {
    if (!only) await passingOn(dir);
    for (const each of voice) await neuralVoice(each, await mkdtemp(join(dir, 'voice-')));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** `--voice FOLDER`, as often as there are voices; `--only-voices` leaves everything else out. */
function optionsOf(args: readonly string[]): { voice: string[]; only: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      voice: { type: 'string', multiple: true, default: [] },
      'only-voices': { type: 'boolean', default: false },
    },
  });
  return { voice: values.voice, only: values['only-voices'] };
}

async function passingOn(dir: string): Promise<void> {
  const upstream = await startServer('upstream');
  const pipe = await startServer('pipe', upstream.url);
  const buffer = await startServer('buffer', upstream.url);
  const parley = await startEdge(upstream.url, dir);
  try {
    await passThrough({
      direct: upstream.url,
      'raw pipe': pipe.url,
      'buffering (O1)': buffer.url,
      Parley: `${parley.url}/tts`,
    });
    await cacheHits(parley);
    await stalledListeners(parley);
    await shapes(upstream.url, dir);
  } finally {
    for (const server of [upstream, pipe, buffer]) server.stop();
    await parley.stop();
  }
}

function startEdge(upstreamUrl: string, dir: string): Promise<RunningProcess> {
  return startProduct({
    FEATURES: 'tts',
    PROFILE: 'standard',
    TTS_PROVIDER: 'openai',
    TTS_BASE_URL: new URL('/v1', upstreamUrl).href,
    TTS_MAX_CONCURRENT: '512',
    TTS_DIR: dir,
    NODE_ENV: 'production',
  });
}

async function passThrough(targets: Record<string, string>): Promise<void> {
  console.log(
    'Service: first byte after 300 ms, then 50 chunks every 20 ms, 96 kB in all. Every text is new. ms.\n',
  );
  for (const url of Object.values(targets)) await listen(url, bodyFor(url));
  for (const { concurrent, rounds } of LEVELS) {
    const results: Record<string, Listened[]> = {};
    // Taking turns, so that a noisy moment meets all of them.
    for (let round = 0; round < rounds; round++) {
      for (const [name, url] of Object.entries(targets)) {
        const answers = Array.from({ length: concurrent }, () => listen(url, bodyFor(url)));
        (results[name] ??= []).push(...(await Promise.all(answers)));
      }
    }
    const direct = summarise(results['direct'] ?? []);
    console.log(`${concurrent} concurrent, ${rounds} rounds`);
    console.table(
      Object.fromEntries(
        Object.entries(results).map(([name, listened]) => {
          const { firstByteP50Ms, firstByteP99Ms, lastByteP50Ms } = summarise(listened);
          return [
            name,
            {
              'first byte p50': round(firstByteP50Ms),
              'first byte p99': round(firstByteP99Ms),
              'last byte p50': round(lastByteP50Ms),
              'added first p50': round(firstByteP50Ms - direct.firstByteP50Ms),
              'added last p50': round(lastByteP50Ms - direct.lastByteP50Ms),
            },
          ];
        }),
      ),
    );
  }
}

async function cacheHits({ url }: RunningProcess): Promise<void> {
  const body = { input: 'said before', ...MODEL };
  await listen(`${url}/tts`, body);
  await sleep(200);
  const times: number[] = [];
  for (let count = 0; count < 300; count++) times.push((await listen(`${url}/tts`, body)).lastByteMs);
  console.log('\nThe same text again (96 kB), from the cache on disk, whole answer');
  console.table({
    'cache hit': { 'p50 ms': round(quantile(times, 0.5)), 'p99 ms': round(quantile(times, 0.99)) },
  });
}

async function stalledListeners({ url, pid }: RunningProcess): Promise<void> {
  const before = residentMegabytes(pid);
  const responses = await Promise.all(
    Array.from({ length: STALLED }, (_, index) =>
      open(`${url}/tts`, { input: `endless ${index}`, ...MODEL, store: false }),
    ),
  );
  for (const response of responses) response.pause();
  await sleep(3_000);
  const grown = residentMegabytes(pid) - before;
  console.log(`\n${STALLED} listeners that never read, in front of a service that never ends`);
  console.table({ Parley: { 'MB in all': round(grown), 'MB each': round(grown / STALLED) } });
  for (const response of responses) response.on('error', () => undefined).destroy();
}

async function shapes(upstreamUrl: string, dir: string): Promise<void> {
  const rows: Record<string, object> = {};
  for (const [name, features] of [
    ['edge (FEATURES=tts)', 'tts'],
    ['tts and chat', 'tts,chat'],
    ['all', 'tts,chat,transcription'],
  ] as const) {
    const boots: number[] = [];
    const sizes: number[] = [];
    for (let count = 0; count < 5; count++) {
      const startedAt = performance.now();
      const product = await startProduct(
        {
          FEATURES: features,
          TTS_PROVIDER: 'openai',
          TTS_BASE_URL: new URL('/v1', upstreamUrl).href,
          TTS_DIR: dir,
        },
        'nothing is starting',
      );
      boots.push(performance.now() - startedAt);
      sizes.push(residentMegabytes(product.pid));
      await product.stop();
    }
    rows[name] = { 'ready after p50 ms': round(quantile(boots, 0.5)), 'RSS MB': round(quantile(sizes, 0.5)) };
  }
  console.log('\nStart of the process until /health/ready, and its resident memory then');
  console.table(rows);
}

/** A text nobody has asked for, so that nothing is cached or shared. */
function bodyFor(url: string): object {
  texts += 1;
  return { input: `text ${texts}`, ...MODEL, ...(url.endsWith('/tts') && { store: false }) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
