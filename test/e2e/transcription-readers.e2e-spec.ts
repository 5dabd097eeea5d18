import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import type { TranscriptSummary } from '../../src/transcription/transcript-store.js';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import { upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { TalkativeWorker } from '../support/talkative-worker.js';
import { waitFor } from '../support/wait-for.js';
import { startTranscription } from '../support/start-transcription.js';

/** Far more than the buffers of both kernels hold: 12 MB of finals and 120 MB of interims. */
const CHUNKS = 400;
const CHUNK_SAMPLES = 160;

/** The finals are held twice: in the transcript, and encoded for the client. All interims would be ten times a final's bytes. */
const MOST_GROWTH_BYTES = 6 * CHUNKS * TalkativeWorker.textBytes;

/** Bytes that are in use, once what is not was collected: in a process of many tests that holds up everything for a second or two. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a client that stops reading', () => {
  let worker: TalkativeWorker;
  let running: RunningApp;
  const clients: SpeakingClient[] = [];

  async function start(maxUnread: number): Promise<void> {
    running = await startTranscription(worker, {
      TRANSCRIPTION_MAX_UNREAD: String(maxUnread),
      TRANSCRIPTION_RESUME_MS: '2000',
      SOCKET_MAX_UNREAD_BYTES: String(2 * CHUNKS * TalkativeWorker.textBytes),
    });
  }

  beforeAll(async () => {
    worker = await TalkativeWorker.start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await running.close();
  });

  afterAll(() => worker.close());

  async function speaker(): Promise<SpeakingClient> {
    const samples = new Int16Array(CHUNKS * CHUNK_SAMPLES);
    const client = new SpeakingClient(running.url, { samples, chunkSamples: CHUNK_SAMPLES });
    clients.push(client);
    await client.start({ interim: true });
    return client;
  }

  async function stored(): Promise<TranscriptSummary> {
    const [transcript] = await running.app.get(TranscriptionService).transcripts(LOCAL_CALLER, { limit: 1 });
    return transcript!;
  }

  async function sendsWithoutReading(client: SpeakingClient): Promise<void> {
    client.stopReading();
    client.sendBlindly(CHUNKS);
    await waitFor(async () => (await stored()).finalCount === CHUNKS, 'all finals to be stored');
  }

  it('misses interims that a later one has replaced, and nothing else, at no cost to the server', async () => {
    await start(2 * CHUNKS);
    const before = usedBytes();
    const client = await speaker();
    await sendsWithoutReading(client);
    const grownBytes = usedBytes() - before;

    client.readOn();
    await waitFor(() => client.interims.at(-1)?.utterance === `u${CHUNKS + 1}`, 'the newest interim');

    expect(client.eventIds).toEqual(upTo(CHUNKS));
    expect(client.interims.at(-1)).toMatchObject({ revision: TalkativeWorker.interimsPerFrame });
    expect(client.interims.length).toBeLessThan(CHUNKS);
    expect(grownBytes).toBeLessThan(MOST_GROWTH_BYTES);
  });

  it('is disconnected when it leaves too much unread, and finds every final when it comes back', async () => {
    await start(50);
    const client = await speaker();
    await sendsWithoutReading(client);
    client.readOn();
    await waitFor(() => !client.socket.connected, 'the client to notice');

    expect(await client.resume()).toMatchObject({ ok: true });
    await client.finish();
    expect(client.eventIds).toEqual(upTo(CHUNKS));
  });

  it('and never comes back is forgotten, with every word stored', async () => {
    await start(50);
    const client = await speaker();
    await sendsWithoutReading(client);
    await waitFor(() => running.app.get(TranscriptionService).liveSessions === 0, 'the session to be over');

    expect(await stored()).toMatchObject({ state: 'ended', samples: CHUNKS * CHUNK_SAMPLES });
  });
});
