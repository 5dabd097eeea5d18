import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProduct } from '../scripts/start-product.js';
import { locateFfmpeg } from '../src/audio/ffmpeg/locate-ffmpeg.js';
import { record, Speaker, type Recording } from './live/speakers.js';
import { costOfTree, nowMs } from './process-figures.js';
import { quantile, table } from './figures.js';

const RECORDING = fileURLToPath(
  new URL('../test/fixtures/audio/conversation-30s.live.webm', import.meta.url),
);
const RECORDING_SECONDS = 26.39;
const DEFAULT_COUNTS = [10, 50, 200];
/** What a careful client sends, and what the original one did. */
const SLICE_MS = 250;
const ORIGINAL_SLICE_MS = 3_000;
/** Finals that are still on their way: waited for until none has come for this long. */
const SETTLE_MS = 2_000;
const SETTLE_MOST_MS = 30_000;
const HEAD = [
  'server',
  'streams',
  'cores',
  'MB per stream',
  'audio heard',
  'chunk -> worker p50 / p99 ms',
  'final -> client p50 / p99 ms',
];

interface ServerUnderTest {
  url: string;
  pid: number;
  stop(): unknown;
}

/**
 * `npm run bench -- live [STREAMS...]`: live WebM/Opus streams at the speed of speech through one gateway, beside hubs with one
 * ffmpeg per stream and, as the origin, one ffmpeg per blob of three seconds. The worker only measures (`timing-worker`).
 */
export async function run(args: readonly string[]): Promise<void> {
  const counts = args.length > 0 ? args.map(Number) : DEFAULT_COUNTS;
  const bytes = readFileSync(RECORDING);
  const slices = await record(bytes, RECORDING_SECONDS, SLICE_MS);
  const blobs = await record(bytes, RECORDING_SECONDS, ORIGINAL_SLICE_MS);
  const ffmpeg = locateFfmpeg(process.env['FFMPEG_PATH']);
  const rows: string[][] = [];
  for (const count of counts) {
    rows.push(await measure('Parley', count, slices, true, gateway));
    if (ffmpeg === undefined) continue;
    const perStream = (worker: string): Promise<ServerUnderTest> =>
      script('ffmpeg-hub.process.ts', 'stream', ffmpeg, worker);
    const perBlob = (worker: string): Promise<ServerUnderTest> =>
      script('ffmpeg-hub.process.ts', 'blob', ffmpeg, worker);
    rows.push(await measure('one ffmpeg per stream', count, slices, false, perStream));
    rows.push(await measure('one ffmpeg per blob (origin)', count, blobs, false, perBlob));
  }
  console.log(table(HEAD, rows));
  console.log('\nBar: 200 streams <= 1 core and <= 3 MB each; stretch 0.6 and 1.5.');
}

async function measure(
  name: string,
  count: number,
  recording: Recording,
  isTyped: boolean,
  start: (workerUrl: string) => Promise<ServerUnderTest>,
): Promise<string[]> {
  const worker = await script('timing-worker.process.ts');
  const server = await start(worker.url);
  try {
    const before = costOfTree(server.pid);
    const speakers = Array.from({ length: count }, () => new Speaker(server.url, recording, isTyped));
    for (const speaker of speakers) await speaker.start();
    const cpuBefore = costOfTree(server.pid).cpuSeconds;
    const startAt = nowMs() + 200;
    const speaking = speakers.map((speaker, index) =>
      speaker.speak(startAt + (index * recording.intervalMs) / count),
    );
    const memory = sleep((RECORDING_SECONDS - 2) * 1_000).then(
      () => costOfTree(server.pid).proportionalBytes,
    );
    await Promise.all(speaking);
    const cpuSeconds = costOfTree(server.pid).cpuSeconds - cpuBefore;
    const seconds = (nowMs() - startAt) / 1_000;
    const memoryBytes = ((await memory) - before.proportionalBytes) / count;
    await settle(speakers);
    const delays = speakers.map((speaker) => speaker.finish());
    const heard = delays.reduce((sum, delay) => sum + delay.heard, 0) / count;
    return [
      name,
      String(count),
      (cpuSeconds / seconds).toFixed(2),
      (memoryBytes / 1e6).toFixed(2),
      `${(heard * 100).toFixed(0)} %`,
      spread(delays.flatMap(({ audioMs }) => audioMs)),
      spread(delays.flatMap(({ finalMs }) => finalMs)),
    ];
  } finally {
    await server.stop();
    await worker.stop();
  }
}

async function settle(speakers: readonly Speaker[]): Promise<void> {
  const deadline = nowMs() + SETTLE_MOST_MS;
  const heardAt = (): number => Math.max(...speakers.map(({ lastHeardAt }) => lastHeardAt));
  while (nowMs() < deadline && nowMs() - heardAt() < SETTLE_MS) await sleep(SETTLE_MS / 4);
}

function spread(values: readonly number[]): string {
  return values.length === 0
    ? '-'
    : `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.99).toFixed(0)}`;
}

function gateway(workerUrl: string): Promise<ServerUnderTest> {
  return startProduct(
    { FEATURES: 'transcription', WHISPER_WORKERS: workerUrl, LOG_LEVEL: 'info' },
    'nothing is starting',
  );
}

async function script(file: string, ...args: string[]): Promise<ServerUnderTest> {
  const path = fileURLToPath(new URL(`live/${file}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: line.toString().trim(), pid: child.pid!, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
