import { mkdir, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { startProduct, type RunningProcess } from '../../scripts/start-product.js';
import { quantile } from '../figures.js';
import { costOfTree } from '../process-figures.js';
import { open } from './listeners.js';

const SHORT = [
  'The meeting is on Tuesday at half past nine.',
  'Please send the report to my colleague before lunch.',
  'The window is open.',
  'Can you tell me the way to the station?',
  'I will be back in twenty minutes.',
];
const LONG =
  'Speech synthesis on one processor core can be faster than real time. This paragraph has four sentences. ' +
  'The first audio should come after the first one. Everything else is spoken while the listener hears it.';
const ROUNDS = 3;
const BYTES_PER_SECOND = 48_000;

/** The product's espeak and one neural voice in the same run: first byte, cost and memory. Linux only. */
export async function neuralVoice(folder: string, dir: string): Promise<void> {
  const voice = basename(resolve(folder));
  const models = join(dir, 'models');
  await mkdir(join(models, 'voices'), { recursive: true });
  await symlink(resolve(folder), join(models, 'voices', voice));
  const common = { FEATURES: 'tts', TTS_DIR: join(dir, 'neural'), MODELS_DIR: models, TTS_CACHE_BYTES: '0' };
  const rows: Record<string, object> = {};
  for (const [name, own] of [
    ['espeak', { TTS_PROVIDER: 'espeak' }],
    [
      `sherpa, ${voice}`,
      { TTS_PROVIDER: 'sherpa', TTS_FALLBACK: 'none', TTS_VOICE: voice, TTS_SHERPA_HOSTS: '1' },
    ],
  ] as const) {
    const product = await startProduct({ ...common, ...own }, 'nothing is starting');
    try {
      rows[name] = await measure(product);
    } finally {
      await product.stop();
    }
  }
  console.log(
    `\nVoices of the product itself: ${SHORT.length} short sentences ${ROUNDS} times and a paragraph as often, one listener, one process of the voice, pcm`,
  );
  console.table(rows);
}

interface Heard {
  firstByteMs: number;
  wholeMs: number;
  seconds: number;
}

async function measure({ url, pid }: RunningProcess): Promise<object> {
  // The first speech may wait for a voice that is still being loaded.
  const loading = await hear(url, 'Hello.');
  const before = costOfTree(pid).cpuSeconds;
  const short: Heard[] = [];
  const long: Heard[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const input of SHORT) short.push(await hear(url, input));
    long.push(await hear(url, LONG));
  }
  const cost = costOfTree(pid);
  const seconds = [...short, ...long].reduce((sum, each) => sum + each.seconds, 0);
  const wholeMs = [...short, ...long].reduce((sum, each) => sum + each.wholeMs, 0);
  const firsts = short.map(({ firstByteMs }) => firstByteMs);
  return {
    'first speech ms': Math.round(loading.firstByteMs),
    'first byte p50 ms': Math.round(quantile(firsts, 0.5)),
    'first byte p95 ms': Math.round(quantile(firsts, 0.95)),
    'paragraph p50 ms': Math.round(
      quantile(
        long.map(({ firstByteMs }) => firstByteMs),
        0.5,
      ),
    ),
    'real-time factor': Math.round(wholeMs / seconds) / 1_000,
    'CPU ms per audio s': Math.round((1_000 * (cost.cpuSeconds - before)) / seconds),
    'RSS MB, all processes': Math.round(cost.residentBytes / 1_048_576),
  };
}

async function hear(url: string, input: string): Promise<Heard> {
  const startedAt = performance.now();
  const response = await open(`${url}/tts`, { input, format: 'pcm', store: false });
  let bytes = 0;
  let firstByteMs = 0;
  for await (const chunk of response) {
    if (bytes === 0) firstByteMs = performance.now() - startedAt;
    bytes += (chunk as Buffer).length;
  }
  if (response.statusCode !== 200) throw new Error(`The answer was ${response.statusCode}`);
  return { firstByteMs, wholeMs: performance.now() - startedAt, seconds: bytes / BYTES_PER_SECOND };
}
