import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configurationOf } from '../../src/configuration.js';
import { ConfiguredWorkers } from '../../src/transcription/providers/whisper/configured-workers.js';
import { resolveWorkers } from '../../src/transcription/providers/whisper/resolve-workers.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { WhisperTranscriber } from '../../src/transcription/providers/whisper/whisper-transcriber.js';
import { WhisperWorkerClient } from '../../src/transcription/providers/whisper/whisper-worker.client.js';
import type { TranscriberSession } from '../../src/transcription/transcriber.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, heard, upTo } from '../support/coded-speech.js';
import '../support/quiet-logger.js';
import { FakeNameServer } from '../support/fake-name-server.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';

const [FIRST, SECOND] = ['127.0.0.2', '127.0.0.3'] as const;
const TOKEN = 'a-token-of-thirty-two-characters';
const WORDS = 10;

describe('workers behind one name', () => {
  let names: FakeNameServer;
  let workers: Worker[];
  let port: number;
  let pool: ConfiguredWorkers;
  let sut: WhisperTranscriber;

  async function startOn(host: string, atPort: number): Promise<Worker> {
    const worker = await startTestWorker({
      WHISPER_ENGINE: 'fake',
      WHISPER_WORKER_HOST: host,
      WHISPER_WORKER_PORT: String(atPort),
      WHISPER_TOKEN: TOKEN,
    });
    workers.push(worker);
    return worker;
  }

  beforeEach(async () => {
    workers = [];
    names = await FakeNameServer.start();
    ({ port } = await startOn(FIRST, 0));
    await startOn(SECOND, port);
  });

  afterEach(async () => {
    sut.beforeApplicationShutdown();
    pool.beforeApplicationShutdown();
    await Promise.all(workers.map((worker) => worker.close()));
    await names.close();
  });

  async function start(...addresses: string[]): Promise<void> {
    names.addresses = addresses;
    const urls = [`ws://whisper-workers.test:${port}/ws`];
    const resolve = (url: string): Promise<string[]> => resolveWorkers(url, names.lookup);
    pool = new ConfiguredWorkers({ urls, token: TOKEN, discoveryMs: 20, resolve });
    const config = configurationOf({ NODE_ENV: 'test', WHISPER_WORKERS: urls[0]! });
    sut = new WhisperTranscriber(
      config.transcription,
      config.worker,
      config.auth,
      new WhisperWorkerClient(config.transcription, config.worker),
      pool,
      new MetricsRegistry(),
    );
    await pool.onModuleInit();
  }

  /** Whatever is known from an answer that was given from now on. */
  async function askedAgain(): Promise<void> {
    const before = names.asked;
    await waitFor(() => names.asked >= before + 3, 'the name to be resolved again');
  }

  const at = (...addresses: string[]): string[] => addresses.map((address) => `ws://${address}:${port}/ws`);

  async function hears(session: TranscriberSession): Promise<number[]> {
    await session.write(codedSentences(1, WORDS));
    session.end();
    let text = '';
    for await (const event of session.events) if (event.type === 'final') text += ` ${event.final.text}`;
    return heard(text, 1).numbers;
  }

  it('are each a worker of its own', async () => {
    await start(FIRST, SECOND);

    expect(pool.candidates().toSorted()).toEqual(at(FIRST, SECOND));
  });

  it('come and go with its addresses, and the next session finds the new one', async () => {
    await start(FIRST);
    expect(pool.candidates()).toEqual(at(FIRST));

    names.addresses = [SECOND];
    await askedAgain();

    expect(pool.candidates()).toEqual(at(SECOND));
    await workers[0]!.close();
    expect(await hears(await sut.open({ tenantId: 'acme', sessionId: 'after', options: {} }))).toEqual(
      upTo(WORDS),
    );
  });

  it('take over a session from an address that is gone', async () => {
    await start(FIRST);
    const session = await sut.open({ tenantId: 'acme', sessionId: 'moving', options: {} });
    names.addresses = [SECOND];
    await askedAgain();
    await workers[0]!.close();

    expect(await hears(session)).toEqual(upTo(WORDS));
  });

  it('are kept while the name cannot be resolved', async () => {
    await start(FIRST, SECOND);
    names.isBroken = true;
    await askedAgain();

    expect(pool.candidates().toSorted()).toEqual(at(FIRST, SECOND));
  });

  /** A machine need not know its own name; then nobody else does either. */
  it('are those that the system finds, when nothing else is asked', async () => {
    await start(FIRST);
    const asWorkers = async (): Promise<string[]> =>
      (await lookup(hostname(), { all: true })).map(
        ({ address, family }) => `ws://${family === 6 ? `[${address}]` : address}:${port}/ws`,
      );

    const [found, known] = await Promise.allSettled([
      resolveWorkers(`ws://${hostname()}:${port}/ws`),
      asWorkers(),
    ]);

    expect(found).toEqual(known);
  });
});
