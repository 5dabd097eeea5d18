import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { ERROR_CODES } from '../../src/common/errors/error-body.js';
import { fromProject } from '../../src/config/project-paths.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { WorkerMetrics } from '../../src/whisper-worker/metrics/worker-metrics.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { alertRules } from '../support/alert-rules.js';
import { FakeOpenAiSpeech, refusesWith } from '../support/fake-openai-speech.js';
import { selectorsOf, type Selector } from '../support/prom-ql.js';
import { sample } from '../support/samples.js';
import { selfSigned } from '../support/self-signed-certificate.js';
import { readServed, type Labels } from '../support/served-metrics.js';
import { CaptionClient } from '../support/socket-client.js';
import { postJson } from '../support/sse-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

/** Prometheus gives these to every series. */
const OF_THE_SCRAPE = new Set(['instance', 'job']);

interface Panel {
  title: string;
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}
interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: unknown; definition?: string }[] };
}

const dashboard = JSON.parse(readFileSync(fromProject('deploy/grafana/parley.json'), 'utf8')) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target })),
);
/** Everything that is asked of Prometheus, and the labels that what comes of it is told by. */
const asked = [
  ...targets.map(({ title, expr, legendFormat }) => ({
    place: `panel "${title}"`,
    expr,
    told: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!),
  })),
  ...alertRules().map(({ name, expr, summary }) => ({
    place: `alert ${name}`,
    expr,
    told: [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!),
  })),
];
const operations = readFileSync(fromProject('docs/operations.md'), 'utf8');

describe('what is watched', () => {
  let folder: TemporaryFolder;
  let upstream: FakeOpenAiSpeech;
  let worker: Worker;
  let gateway: RunningApp;
  /** With a certificate, and with a budget that is only told. */
  let other: RunningApp;
  let served: Map<string, Labels>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const { cert, key } = selfSigned();
    const files = { TLS_CERT: join(folder.path, 'cert.pem'), TLS_KEY: join(folder.path, 'key.pem') };
    await writeFile(files.TLS_CERT, cert);
    await writeFile(files.TLS_KEY, key);
    upstream = await FakeOpenAiSpeech.start();
    upstream.script = refusesWith(500);
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    gateway = await startApp({
      CHAT_PROVIDER: 'scripted',
      TTS_PROVIDER: 'openai',
      TTS_BASE_URL: upstream.baseUrl,
      TTS_FALLBACK: 'fake',
      OPENAI_MAX_RETRIES: '0',
      BUDGET_CHARACTERS_PER_DAY: '20',
      WHISPER_WORKERS: `ws://127.0.0.1:${worker.port}/ws`,
    });
    other = await startApp({
      FEATURES: 'tts',
      TTS_PROVIDER: 'fake',
      BUDGET_CHARACTERS_PER_DAY: '1',
      BUDGET_MODE: 'soft',
      ...files,
    });
    await useEverything();
    served = readServed(
      await (await fetch(`${gateway.url}/metrics`)).text(),
      await other.app.get(MetricsRegistry).metrics(),
      await (await fetch(`http://127.0.0.1:${worker.port}/metrics`)).text(),
    );
    // Prometheus makes it of each scrape.
    served.set('up', new Map());
  });

  afterAll(async () => {
    await gateway.close();
    await other.close();
    await worker.close();
    await upstream.close();
    await folder.remove();
  });

  const ask = (path: string, body: object): Promise<Response> =>
    fetch(`${gateway.url}${path}`, postJson(body));

  /** Traffic of all features, good and bad. */
  async function useEverything(): Promise<void> {
    await (await ask('/chat', { text: 'Hello' })).text();
    // The provider fails, and another one speaks; then the budget is used up.
    expect(await statusOf(ask('/tts', { input: 'Hello', format: 'wav' }))).toBe(200);
    expect(await statusOf(ask('/tts', { input: 'x'.repeat(30), format: 'wav' }))).toBe(429);
    await sayAloud(`${other.url}/tts?input=Hello&format=wav`);
    const leaving = new AbortController();
    const init = postJson({ model: 'any', stream: true, messages: [{ role: 'user', content: 'Hello' }] });
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { ...init, signal: leaving.signal });
    await answer.body!.getReader().read();
    leaving.abort();
    const client = new CaptionClient(gateway.url);
    await client.connected();
    await client.transcribe(sample('hello-world.wav'));
    const explained = new Promise((resolve) => client.socket.once('NLPResult' as 'session:done', resolve));
    await client.ask('nlProcessing', { unProcessedText: [['tree', 'comment', '']] });
    await explained;
    client.close();
    const metrics = gateway.app.get(MetricsRegistry);
    await waitFor(
      async () => (await metrics.metrics()).includes('parley_provider_aborts_total{'),
      'the end of the call that was left',
    );
  }

  function labelsOf(metric: string): Set<string> {
    return new Set([...(served.get(metric)?.keys() ?? []), ...OF_THE_SCRAPE]);
  }

  function faultsOf({ metric, matchers, groupedBy }: Selector): string[] {
    if (!served.has(metric)) return [`there is no ${metric}`];
    const known = labelsOf(metric);
    const labels = [...groupedBy, ...matchers.map(({ label }) => label)];
    const unknown = labels.filter((label) => !known.has(label));
    const values = matchers.flatMap(({ label, value }) =>
      value.split('|').filter((each) => !isServed(metric, label, each)),
    );
    return [
      ...unknown.map((label) => `${metric} has no label ${label}`),
      ...values.map((value) => `${metric} is never "${value}"`),
    ];
  }

  function isServed(metric: string, label: string, value: string): boolean {
    if (OF_THE_SCRAPE.has(label)) return true;
    if (label === 'code') return (ERROR_CODES as string[]).includes(value);
    return served.get(metric)?.get(label)?.has(value) ?? false;
  }

  it('by the dashboard and the alerts exists, with every label and value', () => {
    const faults = asked.flatMap(({ place, expr }) =>
      selectorsOf(withoutVariables(expr)).flatMap((selector) =>
        faultsOf(selector).map((fault) => `${place}: ${fault}`),
      ),
    );

    expect(asked.length).toBeGreaterThan(60);
    expect(faults).toEqual([]);
  });

  it('is told by labels that come out', () => {
    const silent = asked.flatMap(({ place, expr, told }) => {
      const [first] = selectorsOf(withoutVariables(expr));
      const groupedBy = first?.groupedBy ?? [];
      const out = groupedBy.length > 0 ? new Set(groupedBy) : labelsOf(first!.metric);
      return told.filter((label) => !out.has(label)).map((label) => `${place}: {{${label}}}`);
    });

    expect(silent).toEqual([]);
  });

  it('is listed in docs/metrics.md, all of it and as it is', () => {
    const page = readFileSync(fromProject('docs/metrics.md'), 'utf8');
    const written = page
      .split('\n')
      .filter((line) => line.startsWith('| `parley_'))
      .map((line) => line.split('|').slice(1, -1));
    const worker = new WorkerMetrics();
    worker.observe(
      () => ({}) as never,
      async () => undefined,
    );

    expect(written.map((cells) => cells.map((cell) => cell.trim()))).toEqual([
      ...rowsOf([gateway.app.get(MetricsRegistry), other.app.get(MetricsRegistry)]),
      ...rowsOf([worker.registry]),
    ]);
  });
});

describe('the dashboard', () => {
  it('asks the data source that its user has chosen, for everything', () => {
    const { list } = dashboard.templating;

    expect(list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    expect(new Set(targets.map(({ datasource }) => datasource.uid))).toEqual(new Set(['${datasource}']));
  });

  it('has an id of its own for each panel, and no panel over another', () => {
    const panels = dashboard.panels as unknown as { id: number; gridPos: { x: number; y: number } }[];

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
  });
});

describe('the alerts', () => {
  const sections = operations.split(/^#+ /m).map((section) => section.split('\n') as [string, ...string[]]);
  const alerts = alertRules();

  it('are each explained: what it means, what is likely and what to do', () => {
    const explained = sections
      .filter(([title]) => /^Parley[A-Z]\w+$/.test(title))
      .map(([name, ...lines]) => ({
        name,
        parts: lines.flatMap((line) => /^- \*\*(\w+)\*\*: \S/.exec(line)?.slice(1) ?? []),
      }));

    expect(explained).toEqual(alerts.map(({ name }) => ({ name, parts: ['Meaning', 'Likely', 'Do'] })));
  });

  it('lead to their explanation', () => {
    expect(alerts.map(({ runbook }) => runbook)).toEqual(
      alerts.map(({ name }) => `docs/operations.md#${name.toLowerCase()}`),
    );
  });
});

describe(selectorsOf.name, () => {
  it('finds the series of an expression with what is asked of them', () => {
    expect(selectorsOf('sum by (le, a) (rate(x_bucket{b="1", c=~"d|e"}[5m])) / y > 0.5 * time()')).toEqual([
      {
        metric: 'x_bucket',
        matchers: [
          { label: 'b', operator: '=', value: '1' },
          { label: 'c', operator: '=~', value: 'd|e' },
        ],
        groupedBy: ['le', 'a'],
      },
      { metric: 'y', matchers: [], groupedBy: [] },
    ]);
  });

  it.each(['sum(x) by (a)', 'unknown(x)', 'x{a}', 'sum by (a) x', 'x ? y', '(x'])('refuses %s', (expr) => {
    expect(() => selectorsOf(expr)).toThrow('did not expect');
  });
});

/** Grafana puts them in. */
function withoutVariables(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
}

interface Described extends MetricObjectWithValues<MetricValue<string>> {
  labelNames: string[];
}

function rowsOf(registries: { getMetricsAsArray(): unknown[] }[]): string[][] {
  const metrics = registries.flatMap((each) => each.getMetricsAsArray()) as Described[];
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  return [...byName.values()]
    .filter(({ name }) => name.startsWith('parley_'))
    .toSorted((one, two) => (one.name < two.name ? -1 : 1))
    .map((metric) => [
      `\`${metric.name}\``,
      typeOf(metric),
      metric.labelNames.map((label) => `\`${label}\``).join(', '),
      unitOf(metric.name),
      metric.help,
    ]);
}

function typeOf(metric: object): string {
  return metric.constructor.name.toLowerCase();
}

function unitOf(name: string): string {
  if (name.endsWith('_timestamp_seconds')) return 'seconds since 1970';
  const [, unit = ''] = /_(seconds|bytes)(?:_total)?$/.exec(name) ?? [];
  return unit;
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}

/** From a server whose certificate nobody has signed. */
function sayAloud(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, (response) => {
      response.resume().once('end', resolve);
    }).once('error', reject);
  });
}
