import { pathToFileURL } from 'node:url';
import { fromProject } from '../src/config/project-paths.js';
import { FakeCollector } from '../test/support/fake-collector.js';
import { plan } from './chat/plan.js';
import { readAll } from './chat/reader.js';
import { startParley, startUpstream, type Target } from './chat/targets.js';
import { quantile, table } from './figures.js';
import { cpuMicroseconds, residentMegabytes } from './process-figures.js';

const ROUNDS = 5;
const CONCURRENT = 20;
/** Streams of one round, and their chunks: of one, so that a request is what costs, and of many. */
const REQUESTS = { streams: 400, chunks: 1 };
const STREAMS = { streams: 60, chunks: 300 };
const TTFT_READINGS = 100;

const IMPORT = `--import=${pathToFileURL(fromProject('dist/telemetry/register.js')).href}`;

interface Row {
  target: Target;
  perRequest: number[];
  perChunk: number[];
  ttftMs: number[];
}

/** What spans and their export cost the gateway: off, on with a collector that takes all, on with a tenth of the traces, and on with nobody there. */
export async function run(): Promise<void> {
  const upstream = await startUpstream();
  const base = upstream.url.replace('/v1/chat/completions', '');
  const collector = await FakeCollector.start();
  const on = { NODE_OPTIONS: IMPORT, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const rows: Row[] = [];
  const add = async (name: string, variables: NodeJS.ProcessEnv): Promise<void> => {
    const target = { ...(await startParley(base, variables)), name };
    rows.push({ target, perRequest: [], perChunk: [], ttftMs: [] });
  };
  await add('off', {});
  await add('on', on);
  await add('on, a tenth of the traces', {
    ...on,
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.1',
  });
  await add('on, no collector', { ...on, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  try {
    for (const { target } of rows) await streams(target, { streams: 300, chunks: 50 });
    for (let round = 0; round < ROUNDS; round += 1)
      for (const row of rows) {
        row.perRequest.push((await cpuOf(row.target, REQUESTS)) / REQUESTS.streams);
        row.perChunk.push((await cpuOf(row.target, STREAMS)) / (STREAMS.streams * STREAMS.chunks));
      }
    // Turn by turn, so that a noisy moment hits all of them.
    for (let count = 0; count < TTFT_READINGS; count += 1)
      for (const { target, ttftMs } of rows)
        ttftMs.push((await readAll(target, plan({ chunks: 2, ttftMs: 5 }))).ttftMs);
    print(rows);
  } finally {
    for (const { target } of rows) await target.stop();
    upstream.stop();
    await collector.close();
  }
}

function print(rows: readonly Row[]): void {
  const median = (values: readonly number[]): number => quantile(values, 0.5);
  const off = rows[0]!;
  console.log(
    `Chat through the gateway, ${CONCURRENT} at once, median of ${ROUNDS} rounds; time to first token one at a time (${TTFT_READINGS} each)\n`,
  );
  console.log(
    table(
      [
        '',
        'CPU us per request',
        'added',
        'CPU us per chunk',
        'added',
        'first token p50 ms',
        'added',
        'RSS MB',
      ],
      rows.map(({ target, perRequest, perChunk, ttftMs }) => [
        target.name,
        median(perRequest).toFixed(0),
        (median(perRequest) - median(off.perRequest)).toFixed(0),
        median(perChunk).toFixed(1),
        (median(perChunk) - median(off.perChunk)).toFixed(1),
        median(ttftMs).toFixed(2),
        (median(ttftMs) - median(off.ttftMs)).toFixed(2),
        residentMegabytes(target.pid).toFixed(0),
      ]),
    ),
  );
}

async function cpuOf(target: Target, load: { streams: number; chunks: number }): Promise<number> {
  const before = cpuMicroseconds(target.pid);
  await streams(target, load);
  return cpuMicroseconds(target.pid) - before;
}

async function streams(
  target: Target,
  { streams: total, chunks }: { streams: number; chunks: number },
): Promise<void> {
  let left = total;
  const reader = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await readAll(target, plan({ chunks }));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, reader));
}
