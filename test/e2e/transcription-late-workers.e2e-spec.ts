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
      WHISPER_CONNECT_TIMEOUT_MS: '500',
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
