import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom, soakSeed } from '../support/random.js';
import { codedSentences, codedSpeech, heard, upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerProcess } from '../support/worker-processes.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';

const HOUR_MS = 3_600_000;
/** Samples that one chunk holds, and how long they last. */
const CHUNK_SAMPLES = 4_000;
const CHUNK_MS = 250;

function spread(delaysMs: readonly number[]): string {
  const sorted = delaysMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(1)} ms (${sorted.length} finals)`;
}

describe('live transcription for long, with faults at random', () => {
  const random = seededRandom(soakSeed());
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  let workers: WorkerProcess[];
  let running: RunningApp;
  const clients: SpeakingClient[] = [];

  beforeAll(async () => {
    workers = [new WorkerProcess(), new WorkerProcess()];
    await Promise.all(workers.map((worker) => worker.start()));
    running = await startTranscription(workers, {
      TRANSCRIPTION_RESUME_MS: '30000',
      TRANSCRIPTION_MAX_SESSION_MS: String(5 * HOUR_MS),
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) {
      await client.giveUp();
      client.close();
    }
    await sessionsAreOver(running);
  });

  afterAll(async () => {
    await running.close();
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  function speaker(space: number, samples: Int16Array, chunkSamples = CHUNK_SAMPLES): SpeakingClient {
    const client = new SpeakingClient(running.url, { samples, chunkSamples });
    clients.push(client);
    return client;
  }

  function expectExactly(client: SpeakingClient, space: number, words: number): void {
    expect(heard(client.text, space)).toEqual({ numbers: upTo(words), foreign: [] });
    expect(client.eventIds).toEqual(upTo(client.finals.length));
  }

  /** Speaks at the speed of speech, and comes back if a machine that is too busy cuts the line. Gives how often it had to. */
  async function speakLive(client: SpeakingClient): Promise<number> {
    const startedAt = Date.now();
    let returns = 0;
    for (let chunk = 0; !client.isSpoken; chunk += 1) {
      await sleep(Math.max(0, startedAt + chunk * CHUNK_MS - Date.now()));
      try {
        await client.speak(1);
      } catch (error) {
        if (client.socket.connected) throw error;
        returns += 1;
        await client.resume();
      }
    }
    await client.finish();
    return returns;
  }

  /** Speakers who say the same number of words at once. Every word has to be heard once. */
  async function speakTogether(
    speeches: readonly Int16Array[],
    words: number,
  ): Promise<{ returns: number; byText: Map<string, number> }> {
    const speakers = speeches.map((speech, index) => speaker(index + 1, speech));
    for (const client of speakers) await client.start();
    const returns = await Promise.all(speakers.map(speakLive));
    const byText = new Map<string, number>();
    for (const [index, client] of speakers.entries()) {
      expectExactly(client, index + 1, words);
      for (const { text, latencyMs } of client.finals) byText.set(text, latencyMs!);
    }
    return {
      returns: returns.reduce((sum, each) => sum + each, 0),
      byText,
    };
  }

  it(
    'hears 20 speakers for two minutes while every few seconds a worker is killed',
    async () => {
      const words = 330; // 66 s of words and 53 s of pauses
      // Before anybody connects: making it blocks this process for seconds, on a busy machine for longer than a handshake may take.
      const speeches = upTo(20).map((space) => codedSentences(space, words));
      const loop = monitorEventLoopDelay();
      loop.enable();
      const quiet = await speakTogether(speeches, words);
      const over = new AbortController();
      let kills = 0;
      const killing = (async () => {
        while (!over.signal.aborted) {
          await sleep(between(3_000, 6_000));
          const victim = workers[between(0, 1)]!;
          await victim.kill();
          kills += 1;
          await victim.start();
        }
      })();
      const killed = await speakTogether(speeches, words).finally(() => over.abort());
      await killing;

      expect(kills).toBeGreaterThan(0);
      const extra = [...killed.byText].flatMap(([text, ms]) =>
        quiet.byText.has(text) ? [ms - quiet.byText.get(text)!] : [],
      );
      process.stdout.write(
        [
          `kills ${kills}, lines cut ${quiet.returns + killed.returns}, longest stall of this process ${Math.round(loop.max / 1e6)} ms`,
          `end of speech -> final, nobody killed: ${spread([...quiet.byText.values()])}`,
          `end of speech -> final, with kills:    ${spread([...killed.byText.values()])}`,
          `extra, final by final:                 ${spread(extra)}`,
          '',
        ].join('\n'),
      );
    },
    8 * 60_000,
  );

  it(
    'loses no word in 100 kills at random positions',
    async () => {
      for (let round = 0; round < 100; round += 1) {
        const client = speaker(round + 1, codedSentences(round + 1, 10), between(500, 6_000));
        await client.start();
        await client.speak(between(0, client.chunks.length));
        const victim = workers[round % 2]!;
        await victim.kill();
        await client.finish();
        await victim.start();
        expectExactly(client, round + 1, 10);
        client.close();
      }
    },
    10 * 60_000,
  );

  it(
    'loses no word in 200 cuts at random positions',
    async () => {
      for (let round = 0; round < 20; round += 1) {
        const client = speaker(round + 1, codedSentences(round + 1, 30), between(500, 6_000));
        await client.start();
        for (let cut = 0; cut < 10; cut += 1) {
          await client.speak(between(0, 15));
          client.sendBlindly(between(0, 5));
          client.cut();
          await client.resume();
        }
        await client.finish();
        expectExactly(client, round + 1, 30);
      }
    },
    5 * 60_000,
  );

  it(
    'loses no word in 200 stops at random samples',
    async () => {
      for (let round = 0; round < 200; round += 1) {
        const words = between(1, 12);
        const samples = codedSpeech(round + 1, 1, words).subarray(0, words * 3_200 - between(0, 600));
        const client = speaker(round + 1, samples, between(300, 6_000));
        await client.start();
        await client.finish();
        expect(heard(client.text, round + 1).numbers).toEqual(upTo(words));
        expect(client.done).toMatchObject({ samples: samples.length });
        client.close();
      }
    },
    5 * 60_000,
  );

  it(
    'leaves no word open when the recorder pauses for a minute, and goes on afterwards',
    async () => {
      const client = speaker(1, codedSentences(1, 10, 5, 0));
      await client.start();
      await client.speak(4);
      await sleep(60_000);
      expect(heard(client.text, 1).numbers).toEqual(upTo(5));
      await client.finish();
      expectExactly(client, 1, 10);
    },
    2 * 60_000,
  );

  it(
    'needs no more memory after four hours of one session than after one',
    async () => {
      const sentence = 200;
      const client = speaker(7, new Int16Array());
      await client.start();
      const memory: number[] = [];
      let seq = 0;
      // 4 h = 14,400 s; a round is 40 s of words and 32 s of pauses.
      for (let round = 0; round < 200; round += 1) {
        const pcm = codedSentences(7, sentence);
        for (let at = 0; at < pcm.length; at += 16_000) {
          seq += 1;
          const bytes = new Uint8Array(pcm.slice(at, at + 16_000).buffer);
          let answer = await client.ask('audio', { seq }, bytes);
          while (answer.code === 'rate_limited') {
            await sleep(answer.retryAfterMs);
            answer = await client.ask('audio', { seq }, bytes);
          }
        }
        if (round % 50 === 49) {
          await waitFor(() => client.finals.length >= (round + 1) * 39, 'most finals');
          globalThis.gc?.();
          memory.push(process.memoryUsage().rss / 1e6);
        }
      }
      await client.ask('session:end', {});
      await waitFor(() => client.done !== undefined, 'session:done');

      process.stdout.write(`RSS after each hour: ${memory.map((mb) => mb.toFixed(0)).join(', ')} MB\n`);
      expect(heard(client.text, 7).numbers).toHaveLength(200 * sentence);
      expect(memory.at(-1)! - memory[0]!).toBeLessThan(60);
    },
    20 * 60_000,
  );
});
