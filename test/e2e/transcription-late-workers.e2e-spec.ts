import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionState } from '../../src/transcription/events.js';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, heard, upTo } from '../support/coded-speech.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import { wavFile } from '../support/wav-file.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';

const WORDS = 20;
/** Only the first one begins with a header. */
const SLICES = chunksOf(wavFile(codedSentences(1, WORDS), 16_000), 8_000);

describe('an original client, whose recording has one header, and a worker that is not there for long', () => {
  let port: number;
  let worker: Worker;
  let running: RunningApp;
  let client: CaptionClient;
  const states: SessionState[] = [];

  async function startOn(atPort: number): Promise<void> {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_WORKER_PORT: String(atPort) });
    ({ port } = worker);
  }

  beforeEach(async () => {
    states.length = 0;
    await startOn(0);
    running = await startTranscription(worker, {
      WHISPER_DISCOVERY_MS: '100',
      // A session looks for its first worker twice as long.
      WHISPER_CONNECT_TIMEOUT_MS: '1500',
      WHISPER_FAILOVER_MS: '100',
    });
    client = new CaptionClient(running.url);
    client.socket.on('session:state', ({ state }) => states.push(state));
    await client.connected();
    client.socket.emit('lectureId', 'early');
  });

  afterEach(async () => {
    client.close();
    await sessionsAreOver(running);
    await running.close();
    await worker.close();
  });

  function say(from: number, to = SLICES.length): void {
    for (const slice of SLICES.slice(from, to)) client.socket.emit('transcription', slice);
  }

  async function hearsEverything(): Promise<void> {
    await waitFor(() => heard(client.originals.join(' '), 1).numbers.length >= WORDS, 'all words');
    expect(heard(client.originals.join(' '), 1)).toEqual({ numbers: upTo(WORDS), foreign: [] });
    expect(client.errors).toEqual([]);
  }

  it('gets every word when the worker comes after it began to speak', async () => {
    await worker.close();
    say(0, 4);
    await waitFor(() => states.includes('failover'), 'the session to wait');
    say(4, 8);
    await startOn(port);
    say(8);

    await hearsEverything();
    expect(states).toEqual(['failover', 'live']);
  });

  it('gets every word when the worker is lost in the middle for longer than others would wait', async () => {
    const other = new CaptionClient(running.url);
    await other.start();
    say(0, 4);
    await client.hears(1);
    await worker.close();
    say(4, 8);
    await waitFor(() => other.errors.length > 0, 'a session that does not wait to fail');
    await startOn(port);
    say(8);

    await hearsEverything();
    expect(other.errors).toMatchObject([{ code: 'worker_unavailable' }]);
    other.close();
  });

  it('leaves a transcript that says that it failed when it goes before any worker has come', async () => {
    await worker.close();
    say(0, 4);
    await waitFor(() => states.includes('failover'), 'the session to wait');
    client.close();
    await waitFor(() => running.app.get(TranscriptionService).liveSessions === 0, 'the session to be over');

    const response = await fetch(`${running.url}/transcription/sessions?label=early`);
    expect(await response.json()).toMatchObject({ sessions: [{ state: 'failed', finalCount: 0 }] });
  });

  it('does not hold the server up when it stops', async () => {
    await worker.close();
    say(0, 4);
    await waitFor(() => states.includes('failover'), 'the session to wait');
    await running.close();

    expect(running.app.get(TranscriptionService).liveSessions).toBe(0);
    await waitFor(() => client.errors.length > 0, 'the reason');
    expect(client.errors).toMatchObject([{ code: 'shutting_down' }]);
  });
});

describe('a client whose session has no worker when the server stops', () => {
  let worker: Worker;
  let running: RunningApp;
  let client: CaptionClient;

  beforeEach(async () => {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    // Long enough for the whole test to happen while a worker is looked for.
    running = await startTranscription(worker, {
      WHISPER_CONNECT_TIMEOUT_MS: '30000',
      WHISPER_FAILOVER_MS: '60000',
      SHUTDOWN_GRACE_MS: '1000',
    });
    client = new CaptionClient(running.url);
    await client.connected();
  });

  afterEach(async () => {
    client.close();
    await running.close();
    await worker.close();
  });

  const live = (): number => running.app.get(TranscriptionService).liveSessions;

  it('is told so as an original client that waits for its first worker', async () => {
    await worker.close();
    client.socket.emit('transcription', SLICES[0]!);
    await waitFor(() => live() === 1, 'the session to begin');
    await running.close();

    await waitFor(() => client.errors.length > 0, 'the reason');
    expect(client.errors).toMatchObject([{ code: 'shutting_down', retryable: true }]);
  });

  it('is told so as the answer to its start', async () => {
    await worker.close();
    const started = client.start();
    await waitFor(() => live() === 1, 'the session to begin');
    const [answer] = await Promise.all([started, running.close()]);

    expect(answer).toMatchObject({ ok: false, code: 'shutting_down', retryable: true });
  });

  it('is told so when it has lost its worker and no other one has come', async () => {
    await client.start();
    const lost = client.next('session:state');
    await client.audio(SLICES[0]!);
    await worker.close();
    await lost;
    await running.close();

    await waitFor(() => client.errors.length > 0, 'the reason');
    expect(client.errors).toMatchObject([{ code: 'shutting_down', retryable: true }]);
    expect(live()).toBe(0);
  });
});
