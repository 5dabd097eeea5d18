import { setImmediate } from 'node:timers/promises';
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

/** Bytes that are in use, once what is not was collected: the least of a few looks, for the client of the test works meanwhile. */
async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let look = 0; look < 5; look += 1) {
    await setImmediate();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
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
    const client = await speaker();
    const before = await usedBytes();
    await sendsWithoutReading(client);
    const grownBytes = (await usedBytes()) - before;

    client.readOn();
    await waitFor(() => client.interims.at(-1)?.utterance === `u${CHUNKS + 1}`, 'the newest interim');

    expect(client.eventIds).toEqual(upTo(CHUNKS));
    expect(client.interims.at(-1)).toMatchObject({ revision: TalkativeWorker.interimsPerFrame });
    expect(client.interims.length).toBeLessThan(CHUNKS);
    // The finals are held twice: in the transcript, and encoded for the client. All interims would be ten times a final's bytes.
    expect(grownBytes).toBeLessThan(6 * CHUNKS * TalkativeWorker.textBytes);
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
