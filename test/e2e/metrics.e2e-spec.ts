import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { configurationOf } from '../../src/configuration.js';
import { MetricsServer } from '../../src/metrics/metrics-server.js';
import { mp3With } from '../support/audio-bodies.js';
import { cutsAfter, FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { startSpeech } from '../support/start-speech.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { waitFor } from '../support/wait-for.js';

const KEYS = { API_KEYS: `acme:${createHash('sha256').update('key').digest('hex')}` };
const SCRIPTED = { FEATURES: 'chat', CHAT_PROVIDER: 'scripted' };

async function metricsOf({ url }: RunningApp): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('GET /metrics', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ FEATURES: 'chat,tts', CHAT_PROVIDER: 'scripted', TTS_PROVIDER: 'fake' });
  });

  afterAll(() => running.close());

  it('counts requests by template and runs by their ending', async () => {
    const greeting = { relation: 'friend', reason: 'birthday', manner: 'warm', max_length: 100 };
    expect((await post(`${running.url}/chat/templates/greeting`, greeting)).status).toBe(200);
    expect((await post(`${running.url}/chat/templates/greeting`, greeting)).status).toBe(200);
    expect((await post(`${running.url}/chat`, { text: 'Hello' })).status).toBe(200);

    const metrics = await metricsOf(running);

    expect(metrics).toContain('parley_chat_requests_total{template="greeting"} 2');
    expect(metrics).toContain('parley_chat_requests_total{template="none"} 1');
    expect(metrics).toContain('parley_chat_runs_ended_total{template="greeting",ending="done"} 2');
    expect(metrics).toContain('parley_chat_first_token_seconds_count{api="runs"} 3');
    expect(metrics).toContain('parley_overhead_seconds_count{feature="chat",part="before"} 3');
    expect(metrics).toContain('parley_overhead_seconds_count{feature="chat",part="after"} 3');
    expect(metrics).toContain('parley_provider_calls_total{feature="chat",provider="scripted"} 3');
    expect(metrics).toContain('parley_chat_runs 0');
    expect(metrics).toContain('parley_places_taken{limit="chat"} 0');
  });

  it('counts speeches by their source, and what the provider took of the time', async () => {
    const speech = await post(`${running.url}/tts`, { input: 'Hello', format: 'wav' });
    expect(speech.status).toBe(200);
    await speech.arrayBuffer();

    const metrics = await metricsOf(running);

    expect(metrics).toContain('parley_tts_speeches_total{source="miss"} 1');
    expect(metrics).toContain('parley_tts_speeches_total{source="hit"} 0');
    expect(metrics).toContain('parley_tts_first_byte_seconds_count{source="miss"} 1');
    expect(metrics).toContain('parley_provider_first_byte_seconds_count{feature="tts",provider="fake"} 1');
  });

  it('names routes by their templates and nothing by what a caller wrote', async () => {
    await fetch(`${running.url}/chat/runs/run_swordfish`);
    await fetch(`${running.url}/swordfish?swordfish`);
    await fetch(`${running.url}/chat`, { method: 'PROPFIND' });
    await waitFor(
      async () => (await metricsOf(running)).includes('method="other"'),
      'the last request to be counted',
    );

    const metrics = await metricsOf(running);

    expect(metrics).toMatch(
      /parley_http_requests_total\{route="\/chat\/runs\/:\w+",method="GET",status="4xx"\} 1/,
    );
    expect(metrics).toMatch(/parley_http_requests_total\{route="none",method="GET",status="4xx"\} 1/);
    expect(metrics).toMatch(/parley_errors_total\{feature="chat",transport="http",code="not_found"\} 1/);
    expect(metrics).toMatch(/parley_errors_total\{feature="none",transport="http",code="not_found"\} 1/);
    expect(metrics).not.toContain('swordfish');
  });

  it('shows each component as readiness has it, and how full each limit is', async () => {
    const metrics = await metricsOf(running);

    expect(metrics).toContain('parley_component_status{component="chat",status="ok"} 1');
    expect(metrics).toContain('parley_component_status{component="chat",status="down"} 0');
    expect(metrics).toMatch(/^parley_places\{limit="tts"\} [1-9]\d*$/m);
    expect(metrics).toContain('parley_places_taken{limit="sockets"} 0');
  });

  it('counts jobs that explain words by their ending', async () => {
    const socket = io(running.url, { transports: ['websocket'], forceNew: true });
    const explained = new Promise((resolve) => socket.once('NLPResult', resolve));
    socket.emit('nlProcessing', { unProcessedText: [['tree', 'comment', '']] });
    await explained;
    socket.disconnect();

    const metrics = await metricsOf(running);

    expect(metrics).toContain('parley_annotation_jobs_ended_total{ending="done"} 1');
    expect(metrics).toContain('parley_annotation_job_seconds_count 1');
  });

  it('counts the requests that are not over', async () => {
    expect(await metricsOf(running)).toMatch(/^parley_http_requests_in_flight 1$/m);
  });
});

describe('GET /metrics of a gateway whose provider breaks off', () => {
  it('counts speech that began as a failure of its provider, once', async () => {
    const upstream = await FakeOpenAiSpeech.start();
    upstream.script = cutsAfter([mp3With('audio')]);
    const running = await startSpeech(upstream);
    const speech = await post(`${running.url}/tts`, { input: 'Hello' });
    await expect(speech.arrayBuffer()).rejects.toThrow('terminated');

    await waitFor(
      async () => (await metricsOf(running)).includes('parley_provider_failures_total{'),
      'the failure to be counted',
    );
    const metrics = await metricsOf(running);
    await running.close();
    await upstream.close();

    expect(metrics).toContain(
      'parley_provider_failures_total{feature="tts",provider="openai",code="provider_failed"} 1',
    );
    expect(metrics).not.toContain('parley_provider_aborts_total{');
  });
});

describe('GET /metrics where callers need a key', () => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp({ ...SCRIPTED, ...KEYS, METRICS_PORT: '0' });
  });

  afterAll(() => running.close());

  const served = (): number => running.app.get(MetricsServer).port!;

  /** `fetch` sets the host itself. */
  function ask(headers: Record<string, string>, path = '/metrics', method = 'GET'): Promise<number> {
    return new Promise((resolve, reject) => {
      httpRequest({ port: served(), host: '127.0.0.1', path, method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  }

  it('is closed to strangers, and to keys that may not rule', async () => {
    const withKey = { headers: { Authorization: 'Bearer key' } };

    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${running.url}/metrics`, withKey)).status).toBe(403);
  });

  it('needs no key on METRICS_PORT', async () => {
    const response = await fetch(`http://127.0.0.1:${served()}/metrics`);

    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('parley_http_requests_total');
  });

  it.each([
    ['a page that names another host', { Host: 'evil.example' }],
    ['a page of a browser', { Origin: 'http://localhost:3000' }],
    ['a proxy on this machine', { 'X-Forwarded-For': '203.0.113.9' }],
  ])('refuses %s there', async (_who, headers) => {
    expect(await ask(headers)).toBe(403);
  });

  it('has nothing else there', async () => {
    expect(await ask({}, '/health/live')).toBe(404);
    expect(await ask({}, '/metrics', 'POST')).toBe(405);
  });

  it('counts sockets, and names their failures by an id that the client may choose', async () => {
    const socket = io(running.url, {
      transports: ['websocket'],
      forceNew: true,
      auth: { token: 'key' },
      extraHeaders: { 'X-Request-Id': 'chosen-by-the-client' },
    });
    const failure = await new Promise<unknown>((resolve) => {
      socket.once('NLPError', resolve);
      socket.emit('nlProcessing', 'no job');
    });
    const metrics = await (await fetch(`http://127.0.0.1:${served()}/metrics`)).text();
    socket.disconnect();

    expect(failure).toMatchObject({ code: 'bad_request', requestId: 'chosen-by-the-client' });
    expect(metrics).toMatch(/^parley_sockets 1$/m);
    expect(metrics).toMatch(/parley_errors_total\{feature="chat",transport="socket",code="bad_request"\} 1/);
  });
});

describe('METRICS_PORT', () => {
  it.each(['70000', '-1', 'a', '1.5'])('is refused when it is no port: %s', (METRICS_PORT) => {
    expect(() => configurationOf({ METRICS_PORT })).toThrow('METRICS_PORT');
  });

  it('is refused when it is the port of the gateway', () => {
    expect(() => configurationOf({ PORT: '3000', METRICS_PORT: '3000' })).toThrow('METRICS_PORT must differ');
  });
});
