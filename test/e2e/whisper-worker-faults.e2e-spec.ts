import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { workerChildMessageSchema } from '../../src/whisper-protocol/child-messages.js';
import type { SessionOptions } from '../../src/whisper-protocol/messages.js';
import { codedSentences, codedSpeech, heard, joined, upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerClient } from '../support/worker-client.js';

/** A worker of `test/support/faulty-worker.ts` that is started again on its port when it dies. */
class FaultyWorker {
  deaths = 0;
  private child!: ChildProcess;
  private _port = 0;
  private isWanted = true;

  get port(): number {
    return this._port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this._port}/ws`;
  }

  async start(): Promise<void> {
    this.child = fork(fromProject('test/support/faulty-worker.ts'), {
      execArgv: ['--import', 'tsx'],
      env: {
        PATH: process.env.PATH,
        PARLEY_ENV_FILE: 'none',
        WHISPER_ENGINE: 'fake',
        WHISPER_LANES: '2',
        WHISPER_INTERIM_MS: '100',
        WHISPER_WORKER_PORT: String(this._port),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child.once('exit', () => {
      if (!this.isWanted) return;
      this.deaths += 1;
      void this.start();
    });
    const [message] = (await once(this.child, 'message')) as [unknown];
    this._port = workerChildMessageSchema.parse(message).port;
  }

  async stop(): Promise<void> {
    this.isWanted = false;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

describe('A worker process in which a session breaks something', () => {
  let sut: FaultyWorker;

  beforeAll(async () => {
    sut = new FaultyWorker();
    await sut.start();
  });

  afterAll(() => sut.stop());

  const breaking: [where: string, options: SessionOptions][] = [
    ['the voice detector', { vad: { threshold: 0.9 } }],
    ['what the voice detector left to be done later', { vad: { threshold: 0.8 } }],
    ['the decode', { language: 'ko' }],
    ['the guard of the text', { language: 'de' }],
    ['what is sent', { language: 'fr' }],
    ['a timer of its decode', { language: 'es' }],
    ['a promise that nobody awaits', { language: 'it' }],
  ];

  it.each(breaking)('ends the session that breaks %s, and no other', async (_where, options) => {
    const healthy = await WorkerClient.open(sut.port);
    const poisoned = await WorkerClient.open(sut.port, { options });
    healthy.send(codedSentences(1, 5));
    poisoned.send(joined([codedSpeech(2, 1, 5), new Int16Array(16_000)]));
    await expect(poisoned.closed).resolves.toMatchObject({ code: 1011 });
    expect(poisoned.messages.filter(({ type }) => type === 'error')).toMatchObject([
      { code: 'internal', retryable: true },
    ]);
    healthy.send(codedSentences(1, 10).slice(codedSentences(1, 5).length));
    await healthy.end();
    expect(heard(healthy.text, 1)).toEqual({ numbers: upTo(10), foreign: [] });
    expect(sut.deaths).toBe(0);
  });

  it('refuses a session whose model cannot be loaded, and serves on', async () => {
    const poisoned = await WorkerClient.connect(sut.port);
    poisoned.hello({ options: { language: 'ja' } });
    await expect(poisoned.closed).resolves.toMatchObject({ code: 1011 });
    expect(sut.deaths).toBe(0);
  });

  it('serves a session whose captions alone are broken', async () => {
    const client = await WorkerClient.open(sut.port, { options: { language: 'pl', interim: true } });
    client.send(codedSentences(3, 10));
    await client.end();
    expect(heard(client.text, 3)).toEqual({ numbers: upTo(10), foreign: [] });
  });

  it('gives the place of a session free whose detector cannot be put away', async () => {
    const client = await WorkerClient.open(sut.port, { options: { vad: { threshold: 0.6 } } });
    client.send(codedSentences(4, 5));
    await client.end();
    await client.closed;
    await waitFor(async () => {
      const response = await fetch(`http://127.0.0.1:${sut.port}/health/ready`);
      return ((await response.json()) as { sessions: number }).sessions === 0;
    }, 'its place');
    expect(sut.deaths).toBe(0);
  });

  it('captions a language that is not decided yet', async () => {
    const client = await WorkerClient.open(sut.port, { options: { language: 'auto', interim: true } });
    for (let from = 1; from <= 20; from += 5) {
      client.send(codedSpeech(5, from, from + 4));
      await client.next('ack', ({ received }) => received >= (from + 4) * 3_200);
    }
    await client.end();
    expect(heard(client.text, 5)).toEqual({ numbers: upTo(20), foreign: [] });
    expect(sut.deaths).toBe(0);
  });
});

describe('A session whose audio kills the worker that hears it', () => {
  let workers: FaultyWorker[];
  let running: RunningApp;
  const clients: SpeakingClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await sessionsAreOver(running);
    await running.close();
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  it.each([1, 3])('costs two of %d workers, then ends, and the others lose no word', async (count) => {
    workers = Array.from({ length: count }, () => new FaultyWorker());
    await Promise.all(workers.map((worker) => worker.start()));
    running = await startTranscription(workers, {
      WHISPER_DISCOVERY_MS: '200',
      TRANSCRIPTION_RESUME_MS: '200',
    });
    const others = upTo(3).map(
      (space) => new SpeakingClient(running.url, { samples: codedSentences(space, 20) }),
    );
    const killer = new SpeakingClient(running.url, { samples: codedSentences(9, 20) });
    clients.push(...others, killer);
    for (const client of others) await client.start();
    await Promise.all(others.map((client) => client.speak(4)));
    await killer.start({ vad: { threshold: 0.7 } });
    killer.sendBlindly(4);

    await waitFor(() => killer.errors.length > 0, 'the end of the session');
    await Promise.all(others.map((client) => client.finish()));

    expect(killer.errors).toMatchObject([{ code: 'internal', retryable: false }]);
    expect(workers.reduce((sum, { deaths }) => sum + deaths, 0)).toBe(2);
    for (const [index, client] of others.entries())
      expect(heard(client.text, index + 1)).toEqual({ numbers: upTo(20), foreign: [] });
    expect(others.flatMap(({ errors }) => errors)).toEqual([]);
  });
});
