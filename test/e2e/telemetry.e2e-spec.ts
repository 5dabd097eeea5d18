import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { startProduct, startWorker, type RunningProcess } from '../../scripts/start-product.js';
import { fromProject } from '../../src/config/project-paths.js';
import { codedSpeech } from '../support/coded-speech.js';
import { FakeCollector, type CollectorMode, type ExportedSpan } from '../support/fake-collector.js';
import {
  beginAnswer,
  completionBody,
  ENDING_EVENTS,
  refuse,
  startFakeOpenAiChat,
  STREAM_HEADERS,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { FakeOpenAiSpeech } from '../support/fake-openai-speech.js';
import { FakeTranscriptionServer } from '../support/fake-transcription-server.js';
import { sample } from '../support/samples.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { CaptionClient } from '../support/socket-client.js';
import { openSse, postJson } from '../support/sse-client.js';
import { callerSpan, TRACED } from '../support/traced.js';
import { waitFor } from '../support/wait-for.js';

const KEY = 'caller-key-canary-0123456789abcdef';
const PROVIDER_KEY = 'sk-canary-provider-0123456789abcdef';
const COLLECTOR_KEY = 'collector-canary-0123456789abcdef';
const QUESTION = 'canaryquestionofaperson';
const ANSWER = 'canaryanswerofamodel';
const SPEECH = 'canaryspeechofaperson';
const HEARD = 'canarywordsthatwereheard';

/** A gateway, a worker of its own, and providers of all three kinds; all that the two have to tell goes to one collector. */
describe('a traced product', () => {
  let collector: FakeCollector;
  let chat: FakeOpenAiChat;
  let speech: FakeOpenAiSpeech;
  let transcription: FakeTranscriptionServer;
  let worker: RunningProcess;
  let gateway: RunningProcess;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    collector = await FakeCollector.start();
    chat = await startFakeOpenAiChat();
    speech = await FakeOpenAiSpeech.start();
    transcription = await FakeTranscriptionServer.start();
    transcription.usual = { says: HEARD };
    const traced = {
      ...TRACED,
      ...collector.environment,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${COLLECTOR_KEY}`,
      PROFILE: 'standard',
      LOG_LEVEL: 'trace',
    };
    worker = await startWorker({
      ...traced,
      WHISPER_ENGINE: 'openai',
      WHISPER_MODEL: 'whisper-1',
      WHISPER_OPENAI_BASE_URL: transcription.baseUrl,
      WHISPER_OPENAI_API_KEY: PROVIDER_KEY,
    });
    gateway = await startProduct({
      ...traced,
      API_KEYS: `acme:${createHash('sha256').update(KEY).digest('hex')}`,
      CHAT_PROVIDER: 'openai',
      CHAT_BASE_URL: chat.url,
      CHAT_API_KEY: PROVIDER_KEY,
      TTS_PROVIDER: 'openai',
      TTS_BASE_URL: speech.baseUrl,
      WHISPER_WORKERS: `${worker.url.replace('http', 'ws')}/ws`,
    });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await gateway.stop();
    await worker.stop();
    for (const server of [collector, chat, speech, transcription]) await server.close();
  });

  const asked = (body: object, caller = callerSpan('a')): RequestInit =>
    postJson(body, { Authorization: `Bearer ${KEY}`, traceparent: caller.traceparent });

  async function span(traceId: string, name: string): Promise<ExportedSpan> {
    const find = (): ExportedSpan | undefined =>
      collector.ofTrace(traceId).find((each) => each.name === name);
    await waitFor(() => find() !== undefined, `a span ${name}`);
    return find()!;
  }

  it("follows a question from the client's span to the provider, who is told of it", async () => {
    const caller = callerSpan('1');
    chat.script = ({ response }) => response.writeHead(200, STREAM_HEADERS).end(completionBody(ANSWER));
    const answer = await fetch(
      `${gateway.url}/chat`,
      asked({ text: QUESTION, model: 'gpt-x', maxTokens: 9 }, caller),
    );
    await answer.text();

    const request = await span(caller.traceId, 'POST /chat');
    const run = await span(caller.traceId, 'chat run');
    const call = await span(caller.traceId, 'chat gpt-x');
    expect(request.parentSpanId).toBe(caller.spanId);
    expect(run.parentSpanId).toBe(request.spanId);
    expect(call.parentSpanId).toBe(run.spanId);
    expect(chat.exchanges.at(-1)!.request.headers['traceparent']).toBe(
      `00-${caller.traceId}-${call.spanId}-01`,
    );
  });

  it('tells of a call of the model what the conventions for GenAI name', async () => {
    const caller = callerSpan('2');
    await (
      await fetch(`${gateway.url}/chat`, asked({ text: QUESTION, model: 'gpt-x', maxTokens: 9 }, caller))
    ).text();

    const { attributes, isError } = await span(caller.traceId, 'chat gpt-x');
    expect(isError).toBe(false);
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-x',
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'fake',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 5,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(chat.url).port),
    });
  });

  it('tells the same of a completion in the form of OpenAI', async () => {
    const caller = callerSpan('3');
    const body = { model: 'gpt-y', stream: true, messages: [{ role: 'user', content: QUESTION }] };
    await (await fetch(`${gateway.url}/v1/chat/completions`, asked(body, caller))).text();

    const { attributes } = await span(caller.traceId, 'chat gpt-y');
    expect(attributes).toMatchObject({
      'gen_ai.response.model': 'fake',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 5,
    });
  });

  it('ends the span of a run with the run, not with the connection that began it', async () => {
    const caller = callerSpan('4');
    chat.script = beginAnswer(ANSWER);
    const calls = chat.exchanges.length;
    const stream = await openSse(`${gateway.url}/chat`, {
      ...postJson(
        { text: QUESTION, model: 'gpt-x', onDisconnect: 'continue' },
        { Authorization: `Bearer ${KEY}`, traceparent: caller.traceparent },
      ),
    });
    await stream.next();
    const exchange = await chat.exchange(calls);
    stream.drop();
    const request = await span(caller.traceId, 'POST /chat');
    expect(collector.ofTrace(caller.traceId).map(({ name }) => name)).not.toContain('chat run');
    exchange.response.end(ENDING_EVENTS);

    const run = await span(caller.traceId, 'chat run');
    expect({ request: request.attributes['error.type'], run: run.attributes['parley.run.ending'] }).toEqual({
      request: 'cut',
      run: 'done',
    });
    expect(run.isError).toBe(false);
  });

  it('says that a run was cancelled, and the call with it', async () => {
    const caller = callerSpan('5');
    chat.script = beginAnswer(ANSWER);
    const stream = await openSse(`${gateway.url}/chat`, {
      ...postJson(
        { text: QUESTION, model: 'gpt-x' },
        { Authorization: `Bearer ${KEY}`, traceparent: caller.traceparent },
      ),
    });
    const begun = await stream.next();
    await fetch(`${gateway.url}/chat/runs/${String(begun!.data['runId'])}/cancel`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${KEY}` },
    });
    await stream.rest();

    for (const name of ['chat run', 'chat gpt-x']) {
      const { isError, attributes } = await span(caller.traceId, name);
      expect({ name, isError, type: attributes['error.type'] }).toEqual({
        name,
        isError: true,
        type: 'cancelled',
      });
    }
  });

  it('says by its code why a run has failed', async () => {
    const caller = callerSpan('6');
    chat.script = refuse(401);
    const answer = await fetch(`${gateway.url}/chat`, asked({ text: QUESTION, model: 'gpt-x' }, caller));
    await answer.text();

    for (const name of ['chat run', 'chat gpt-x', 'POST /chat']) {
      const { isError, attributes } = await span(caller.traceId, name);
      expect({ name, isError, type: attributes['error.type'] }).toEqual({
        name,
        isError: true,
        type: name === 'POST /chat' ? String(answer.status) : 'provider_auth',
      });
    }
  });

  it('follows a text to the provider that speaks it', async () => {
    const caller = callerSpan('7');
    await (await fetch(`${gateway.url}/tts`, asked({ input: SPEECH, model: 'tts-x' }, caller))).arrayBuffer();

    const request = await span(caller.traceId, 'POST /tts');
    const call = await span(caller.traceId, 'text_to_speech tts-x');
    expect(call.parentSpanId).toBe(request.spanId);
    expect(request.attributes['parley.speech.source']).toBe('miss');
    expect(speech.calls.at(-1)!.traceparent).toBe(`00-${caller.traceId}-${call.spanId}-01`);
  });

  async function speak(client: CaptionClient, traceparent?: string): Promise<void> {
    clients.push(client);
    await client.connected();
    await client.transcribe(sample('hello-world.wav'), traceparent === undefined ? {} : { traceparent });
  }

  it("follows speech from a client's event over the decode of the worker to its provider, and to the final", async () => {
    const caller = callerSpan('8');
    const client = new CaptionClient(gateway.url, { auth: { token: KEY } });
    await speak(client, caller.traceparent);

    expect(client.text.toLowerCase()).toContain(HEARD);
    const session = await span(caller.traceId, 'live session');
    const utterance = await span(caller.traceId, 'utterance');
    const atWorker = await span(caller.traceId, 'worker session');
    const decode = await span(caller.traceId, 'decode');
    const call = await span(caller.traceId, 'speech_to_text whisper-1');
    expect([session.parentSpanId, utterance.parentSpanId, atWorker.parentSpanId]).toEqual([
      caller.spanId,
      session.spanId,
      session.spanId,
    ]);
    expect(decode.parentSpanId).toBe(atWorker.spanId);
    await waitFor(
      () => collector.ofTrace(caller.traceId).some(({ spanId }) => spanId === call.parentSpanId),
      'the decode that has called the provider',
    );
    expect([session.service, atWorker.service]).toEqual(['parley', 'parley-whisper-worker']);
    expect(transcription.requests.map(({ traceparent }) => traceparent?.split('-')[1])).toContain(
      caller.traceId,
    );
  });

  it("takes the caller's span from the handshake of a socket as well", async () => {
    const caller = callerSpan('9');
    const { traceparent } = caller;
    await speak(new CaptionClient(gateway.url, { auth: { token: KEY, traceparent } }));

    expect((await span(caller.traceId, 'live session')).parentSpanId).toBe(caller.spanId);
  });

  it('begins a trace of its own where a caller sends none, or something that is none', async () => {
    const wrong = `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`;
    const known = new Set(collector.spans.map(({ traceId }) => traceId));
    await fetch(`${gateway.url}/chat/templates`, {
      headers: { Authorization: `Bearer ${KEY}`, traceparent: wrong },
    });
    await waitFor(
      () => collector.named('GET /chat/templates').some(({ traceId }) => !known.has(traceId)),
      'a span of a new trace',
    );

    expect(collector.named('GET /chat/templates').map(({ parentSpanId }) => parentSpanId)).toEqual([
      undefined,
    ]);
  });

  it('takes no notice of probes', async () => {
    const before = collector.named('GET /chat/templates').length;
    await fetch(`${gateway.url}/health/ready`);
    await fetch(`${gateway.url}/chat/templates`, { headers: { Authorization: `Bearer ${KEY}` } });
    await waitFor(() => collector.named('GET /chat/templates').length > before, 'what came behind it');

    expect(
      collector.spans.filter(({ attributes }) => String(attributes['http.route']).includes('health')),
    ).toEqual([]);
  });

  it('writes the id of the trace into entries of the log, of gateway and worker', () => {
    expect(gateway.output()).toMatch(/"trace_id":"1{32}","span_id":"[0-9a-f]{16}".*"msg":"Run ended"/);
    expect(worker.output()).toMatch(/"trace_id":"8{32}","span_id":"[0-9a-f]{16}".*"msg":"Session opened"/);
  });

  it('exports the metrics of gateway and worker under their names', async () => {
    const value = (service: string, name: string, labels = {}): number | undefined =>
      collector.points.find(
        (point) =>
          point.service === service &&
          point.name === name &&
          Object.entries(labels).every(([key, label]) => point.labels[key] === label),
      )?.value;
    await waitFor(
      () => (value('parley', 'parley_chat_runs_ended_total', { ending: 'failed' }) ?? 0) > 0,
      'a counter',
    );
    await waitFor(
      () => (value('parley-whisper-worker', 'parley_worker_decode_seconds') ?? 0) > 0,
      'a histogram',
    );

    expect(value('parley', 'parley_sockets')).toBeGreaterThanOrEqual(0);
    expect(value('parley', 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });

  it('exports no word, no key and no token, of whomever', async () => {
    await fetch(`${gateway.url}/tts?input=${SPEECH}&token=${KEY}`);
    await fetch(`${gateway.url}/chat/${QUESTION}?token=${KEY}`);
    await fetch(`${gateway.url}/chat`, asked({ text: QUESTION, model: `${QUESTION} ${KEY}` }));
    const caller = callerSpan('c');
    await fetch(`${gateway.url}/chat/templates?token=${KEY}`, {
      headers: { traceparent: caller.traceparent },
    });
    await waitFor(() => collector.ofTrace(caller.traceId).length > 0, 'the last of them');

    const exported = Buffer.concat(collector.bodies).toString('latin1').toLowerCase();
    const found = [KEY, PROVIDER_KEY, COLLECTOR_KEY, QUESTION, ANSWER, SPEECH, HEARD].filter((each) =>
      exported.includes(each.toLowerCase()),
    );
    expect(exported.length).toBeGreaterThan(10_000);
    expect(found).toEqual([]);
  });
});

const SCRIPTED = { FEATURES: 'chat', CHAT_PROVIDER: 'scripted' };

/** Makes a program say at its end which packages of OpenTelemetry it held (`test/support/loaded-modules.mjs`). */
const TELLING = `--import=${pathToFileURL(fromProject('test/support/loaded-modules.mjs')).href}`;

function loadedBy(running: RunningProcess): string[] {
  const [, list = '[]'] = /^LOADED (.*)$/m.exec(running.output()) ?? [];
  return JSON.parse(list) as string[];
}

/** Asks for something small. */
async function visit({ url }: RunningProcess): Promise<number> {
  return (await fetch(`${url}/chat/templates`)).status;
}

describe('a collector', () => {
  let collector: FakeCollector;
  let gateway: RunningProcess | undefined;

  beforeAll(async () => {
    collector = await FakeCollector.start();
  });

  afterEach(async () => {
    collector.mode = 'takes';
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(() => collector.close());

  it('that stalls, refuses, cuts, or says anything, costs spans and nothing else', async () => {
    const nasty: CollectorMode[] = [
      'refuses',
      'asks to wait',
      'says garbage',
      'cuts',
      'never ends',
      'stalls',
    ];
    const running = await startProduct({
      ...SCRIPTED,
      ...TRACED,
      ...collector.environment,
      OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
    });
    gateway = running;
    const answers: number[] = [];
    for (const mode of nasty) {
      collector.mode = mode;
      const before = collector.requests.length;
      await waitFor(async () => {
        answers.push(await visit(running));
        return collector.requests.length > before;
      }, `an export to one that ${mode}`);
    }
    collector.mode = 'takes';
    const before = collector.spans.length;
    await waitFor(async () => {
      answers.push(await visit(running));
      return collector.spans.length > before;
    }, 'the first spans that are taken again');

    expect(new Set(answers)).toEqual(new Set([200]));
    expect(running.output()).toMatch(
      /"cause":"OTLPExporterError[^"]*","msg":"Telemetry could not be exported"/,
    );
  });

  it('that stalls does not hold up the end of the process', async () => {
    collector.mode = 'stalls';
    const running = await startProduct({
      ...SCRIPTED,
      ...TRACED,
      ...collector.environment,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_EXPORT_TIMEOUT: '600000',
      TELEMETRY_FLUSH_MS: '100',
    });
    gateway = running;
    const before = collector.requests.length;
    await visit(running);
    await waitFor(() => collector.requests.length > before, 'an export that stalls');

    expect(await running.stop()).toBe(0);
  });

  it('gets what is left when the process ends, by default as protobuf', async () => {
    const running = await startProduct({
      ...SCRIPTED,
      ...TRACED,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      NODE_OPTIONS: `${TRACED.NODE_OPTIONS} ${TELLING}`,
      OTEL_BSP_SCHEDULE_DELAY: '600000',
      OTEL_METRIC_EXPORT_INTERVAL: '600000',
      TELEMETRY_FLUSH_MS: '20000',
    });
    gateway = running;
    const before = collector.requests.length;
    await visit(running);
    await running.stop();

    const requests = collector.requests.slice(before);
    expect(requests).toEqual(
      expect.arrayContaining([
        { path: '/v1/traces', type: 'application/x-protobuf' },
        { path: '/v1/metrics', type: 'application/x-protobuf' },
      ]),
    );
    const exported = Buffer.concat(collector.bodies.slice(before)).toString('latin1');
    expect(exported).toContain('GET /chat/templates');
    expect(exported).toContain('parley_chat_requests_total');
    expect(loadedBy(running)).toEqual(expect.arrayContaining(['api', 'sdk-trace', 'sdk-metrics']));
  });

  it('is told of the worker that a gateway starts, as a service of its own', async () => {
    const running = await startProduct({
      ...TRACED,
      ...collector.environment,
      FEATURES: 'transcription',
      WHISPER_ENGINE: 'fake',
      OTEL_SERVICE_NAME: 'hub',
    });
    gateway = running;
    const caller = callerSpan('d');
    const client = new SpeakingClient(running.url, { samples: codedSpeech(1, 1, 3) });
    await client.start({ traceparent: caller.traceparent });
    await client.speak();
    await client.ask('session:end', {});
    await waitFor(() => client.done !== undefined, 'the end of the session');
    await waitFor(
      () =>
        ['live session', 'worker session'].every((name) =>
          collector.ofTrace(caller.traceId).some((each) => each.name === name),
        ),
      'the spans of both',
    ).finally(() => client.close());

    expect(collector.ofTrace(caller.traceId).find(({ name }) => name === 'live session')!.service).toBe(
      'hub',
    );
    expect(collector.ofTrace(caller.traceId).find(({ name }) => name === 'worker session')!.service).toBe(
      'hub-whisper-worker',
    );
  });
});

describe('a program that nobody has told to export', () => {
  it('holds no module of an SDK', async () => {
    const running = await startProduct({ ...SCRIPTED, NODE_OPTIONS: TELLING });
    await visit(running);
    await running.stop();

    expect(loadedBy(running)).toEqual(['api']);
  });

  it('starts without one when it is disabled, and refuses what cannot be', () => {
    const start = (variables: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, [fromProject('dist/main.js')], {
        env: { PATH: process.env.PATH, PARLEY_ENV_FILE: 'none', ...TRACED, ...variables },
        encoding: 'utf8',
      });
    const { status, stderr } = start({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });

    expect({ status, stderr }).toEqual({
      status: 78,
      stderr: expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL: must be one of http/protobuf, http/json'),
    });
    // The next thing that cannot be is Parley's own: nothing was loaded before it.
    expect(
      start({ OTEL_SDK_DISABLED: 'true', PORT: 'x', NODE_OPTIONS: `${TRACED.NODE_OPTIONS} ${TELLING}` })
        .stderr,
    ).toMatch(/PORT[\s\S]*LOADED \["api"\]/);
  });
});
