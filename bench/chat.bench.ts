import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDLESS, plan, type Plan } from './chat/plan.js';
import { quantile } from './figures.js';
import { cpuMicroseconds, nowMs, residentMegabytes } from './process-figures.js';
import { open, readAll, send, type Reading } from './chat/reader.js';
import { startTargets, type Target } from './chat/targets.js';

const CONCURRENT = 50;
const ROUNDS = 3;
const OPEN_STREAMS = 1_000;
const SILENT_READERS = 8;
const STALL_MS = 2_000;

const PARTS = { ttft: idleTtft, bursts, paced, stops, silent: silentReaders, open: openStreams };

/**
 * What chat adds to a provider, beside the raw pipe, what most write first, and the gateway that people would pick instead.
 * @param names some of the parts; without names all of them
 */
export async function run(names: readonly string[]): Promise<void> {
  const { upstream, others } = await startTargets();
  try {
    for (const target of [upstream, ...others]) await streams(target, { chunks: 50 }, 100);
    for (const [name, part] of Object.entries(PARTS))
      if (names.length === 0 || names.includes(name)) await part(upstream, others);
  } finally {
    for (const target of [...others, upstream]) await target.stop();
  }
}

/** `total` streams, `CONCURRENT` at once. */
async function streams(target: Target, fields: Partial<Plan>, total: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  let left = total;
  const reader = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      readings.push(await readAll(target, plan(fields)));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, reader));
  return readings;
}

async function idleTtft(upstream: Target, others: readonly Target[]): Promise<void> {
  console.log('\nTime to first token, one stream at a time, the provider takes 20 ms (120 streams each)\n');
  console.log('| | p50 ms | added p50 ms |\n|---|---|---|');
  const times = new Map([upstream, ...others].map((target) => [target, [] as number[]]));
  // Turn by turn, so that a noisy moment hits all of them.
  for (let count = 0; count < 120; count += 1)
    for (const [target, list] of times)
      list.push((await readAll(target, plan({ chunks: 5, gapMs: 1, ttftMs: 20 }))).ttftMs);
  const direct = quantile(times.get(upstream)!, 0.5);
  for (const [{ name }, list] of times) {
    const p50 = quantile(list, 0.5);
    console.log(`| ${name} | ${p50.toFixed(2)} | ${(p50 - direct).toFixed(2)} |`);
  }
}

async function bursts(_: Target, others: readonly Target[]): Promise<void> {
  console.log(
    `\nBursts: ${CONCURRENT} concurrent, 100 streams x 200 chunks without a gap (median of ${ROUNDS})\n`,
  );
  console.log('| | CPU us per chunk | x raw pipe | RSS MB |\n|---|---|---|---|');
  const costs = new Map(others.map((target) => [target, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [target, list] of costs) {
      const before = cpuMicroseconds(target.pid);
      await streams(target, { chunks: 200 }, 100);
      list.push((cpuMicroseconds(target.pid) - before) / (100 * 200));
    }
  const pipe = quantile(costs.get(others[0]!)!, 0.5);
  for (const [{ name, pid }, list] of costs) {
    const cost = quantile(list, 0.5);
    console.log(
      `| ${name} | ${cost.toFixed(1)} | ${(cost / pipe).toFixed(1)} | ${residentMegabytes(pid).toFixed(0)} |`,
    );
  }
}

async function paced(upstream: Target, others: readonly Target[]): Promise<void> {
  console.log(
    `\nPaced: ${CONCURRENT} concurrent, 100 streams x 100 chunks, 20 ms apart (median of ${ROUNDS})\n`,
  );
  console.log('| | latency p50 ms | latency p99 ms |\n|---|---|---|');
  const figures = new Map([upstream, ...others].map((target) => [target, [] as [number, number][]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [target, list] of figures) {
      const readings = await streams(target, { chunks: 100, gapMs: 20 }, 100);
      const latencies = readings.flatMap(({ latenciesMs }) => latenciesMs);
      list.push([quantile(latencies, 0.5), quantile(latencies, 0.99)]);
    }
  for (const [{ name }, list] of figures) {
    const [p50, p99] = [0, 1].map((at) =>
      quantile(
        list.map((each) => each[at]!),
        0.5,
      ).toFixed(2),
    );
    console.log(`| ${name} | ${p50} | ${p99} |`);
  }
}

async function stops(upstream: Target, others: readonly Target[]): Promise<void> {
  console.log('\nClient gone -> provider closed, 20 times each (explicit cancel: Parley only)\n');
  console.log(
    '| | in mid-stream p50 / max ms | before the first token p50 / max ms | cancel p50 / max ms |\n|---|---|---|---|',
  );
  for (const target of others) {
    const midStream = await stopTimes(upstream, target, { chunks: ENDLESS, gapMs: 5 });
    const early = await stopTimes(upstream, target, { chunks: ENDLESS, gapMs: 5, ttftMs: 60_000 });
    const cancel = target.name === 'Parley' ? await cancelTimes(upstream, target) : undefined;
    console.log(`| ${target.name} | ${midStream} | ${early} | ${cancel ?? '-'} |`);
  }
}

async function stopTimes(upstream: Target, target: Target, fields: Partial<Plan>): Promise<string> {
  const times: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const asked = plan(fields);
    const call = send(target, asked);
    call.on('error', () => undefined);
    if (asked.ttftMs === 0) {
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      response.on('error', () => undefined);
      await once(response, 'data');
    } else await sleep(60);
    const leftAt = nowMs();
    call.destroy();
    const time = (await closedAt(upstream, asked.key)) - leftAt;
    if (Number.isNaN(time)) return 'not within 2 s';
    times.push(time);
  }
  return `${quantile(times, 0.5).toFixed(1)} / ${Math.max(...times).toFixed(1)}`;
}

async function cancelTimes(upstream: Target, target: Target): Promise<string> {
  const times: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const asked = plan({ chunks: ENDLESS, gapMs: 5 });
    const { response } = await open(target, asked);
    let text = '';
    for await (const piece of response.iterator({ destroyOnReturn: false })) {
      text += String(piece);
      if (/"runId":"([^"]+)"/.test(text)) break;
    }
    response.resume();
    const startedAt = nowMs();
    await fetch(`${target.url}/runs/${/"runId":"([^"]+)"/.exec(text)![1]}/cancel`, { method: 'POST' });
    times.push((await closedAt(upstream, asked.key)) - startedAt);
  }
  return `${quantile(times, 0.5).toFixed(1)} / ${Math.max(...times).toFixed(1)}`;
}

async function closedAt(upstream: Target, key: string): Promise<number> {
  const url = upstream.url.replace('/v1/chat/completions', `/closed/${key}`);
  try {
    return Number(await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).text());
  } catch {
    return Number.NaN;
  }
}

async function silentReaders(_: Target, others: readonly Target[]): Promise<void> {
  console.log(
    `\n${SILENT_READERS} readers that never read, ${STALL_MS / 1_000} s apart, the provider sends without end\n`,
  );
  console.log('| | more RSS, MB per reader | still connected |\n|---|---|---|');
  for (const target of others) {
    // Bursts and a first one let the heap grow to what such streams want; the others tell what a reader costs.
    await streams(target, { chunks: 200 }, 300);
    const readers = [await openSilently(target)];
    await sleep(STALL_MS);
    const before = residentMegabytes(target.pid);
    for (let at = 0; at < SILENT_READERS; at += 1) {
      readers.push(await openSilently(target));
      await sleep(STALL_MS);
    }
    const more = (residentMegabytes(target.pid) - before) / SILENT_READERS;
    const connected = readers.filter(({ isConnected }) => isConnected).length;
    console.log(`| ${target.name} | ${more.toFixed(1)} | ${connected} of ${readers.length} |`);
    for (const { call } of readers) call.destroy();
    await sleep(500);
  }
}

async function openSilently(target: Target): Promise<{ call: ClientRequest; isConnected: boolean }> {
  const { call, response } = await open(target, plan({ chunks: ENDLESS }));
  const reader = { call, isConnected: true };
  response.on('error', () => (reader.isConnected = false));
  response.once('close', () => (reader.isConnected = false));
  response.pause();
  return reader;
}

async function openStreams(_: Target, others: readonly Target[]): Promise<void> {
  console.log(`\n${OPEN_STREAMS} open streams, a chunk every second each, for 5 s\n`);
  console.log('| | kB per stream | CPU % of a core | chunks delivered |\n|---|---|---|---|');
  for (const target of others) {
    const before = residentMegabytes(target.pid);
    let chunks = 0;
    const opened: Awaited<ReturnType<typeof open>>[] = [];
    for (let at = 0; at < OPEN_STREAMS; at += 50)
      opened.push(
        ...(await Promise.all(
          Array.from({ length: 50 }, () => open(target, plan({ chunks: ENDLESS, gapMs: 1_000 }))),
        )),
      );
    for (const { call, response } of opened) {
      call.on('error', () => undefined);
      response.on('error', () => undefined).on('data', () => (chunks += 1));
    }
    const cpu = cpuMicroseconds(target.pid);
    await sleep(5_000);
    const percent = (cpuMicroseconds(target.pid) - cpu) / 5_000_000;
    const kilobytes = ((residentMegabytes(target.pid) - before) * 1_024) / OPEN_STREAMS;
    console.log(`| ${target.name} | ${kilobytes.toFixed(0)} | ${(percent * 100).toFixed(0)} | ${chunks} |`);
    for (const { call } of opened) call.destroy();
    await sleep(500);
  }
}
