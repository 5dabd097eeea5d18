import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { HostedEngine } from '../../src/whisper-worker/host/hosted-engine.js';
import { codedSpeech, codedSentences, heard, joined, upTo } from '../support/coded-speech.js';
import { noiseCorpus } from '../support/noise-corpus.js';
import { Random, soakSeed } from '../support/random.js';
import { speakSentences } from '../support/spoken-sentences.js';
import { startHostedWorker, startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import {
  errorRates,
  isolationFlaws,
  overloadOutcomes,
  sampleUtterances,
  stopAnywhere,
} from '../support/worker-proofs.js';
import { WorkerClient } from '../support/worker-client.js';

const MINUTES = 60_000;

describe('What a worker promises, at length', () => {
  let sut: Worker;
  let seed: number;

  beforeAll(() => {
    seed = soakSeed();
  });

  afterEach(() => sut.close());

  it.each(['en', 'ko'] as const)(
    'streams as well as it decodes one by one, %s',
    async (language) => {
      sut = await startTestWorker();
      const random = new Random(seed);
      const sentences = [...sampleUtterances(language), ...(await speakSentences(80, language, random))];
      const { words, offline, streaming } = await errorRates(sut.port, sentences, random);
      const percent = (errors: number): string => `${((100 * errors) / words).toFixed(2)} %`;
      console.log(
        `${language}: ${words} words, one by one ${percent(offline)}, streamed ${percent(streaming)}`,
      );
      expect((streaming - offline) / words).toBeLessThanOrEqual(0.01);
    },
    10 * MINUTES,
  );

  it(
    'says at most one thing in 30 minutes of silence, hum, noise, music and clicks',
    async () => {
      sut = await startTestWorker();
      const client = await WorkerClient.open(sut.port);
      client.send(noiseCorpus(1_800, new Random(30)).samples, 16_000);
      const { commit } = await client.end();
      console.log(`${client.finals.length} finals: ${client.text}`);
      expect(commit).toBe(1_800 * 16_000);
      expect(client.finals.length).toBeLessThanOrEqual(1);
    },
    10 * MINUTES,
  );

  it(
    'loses nothing wherever it is stopped: 1,000 times',
    async () => {
      sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
      const random = new Random(seed);
      for (let i = 0; i < 1_000; i += 1) {
        const { sent, committed, flaw, missing } = await stopAnywhere(sut.port, random);
        expect({ i, committed, flaw, missing }).toEqual({ i, committed: sent, flaw: undefined, missing: [] });
      }
    },
    10 * MINUTES,
  );

  it(
    'gives none of 50 sessions a word of another, ten times',
    async () => {
      // All of them speak much faster than real time: lanes enough that none is refused for it.
      sut = await startHostedWorker({
        WHISPER_ENGINE: 'fake',
        WHISPER_LANES: '32',
        WHISPER_LANES_PER_HOST: '16',
      });
      const random = new Random(seed);
      for (let round = 0; round < 10; round += 1) {
        await expect(isolationFlaws(sut.port, 50, 40, random)).resolves.toEqual([]);
        await waitFor(() => sut.sessions === 0, 'the end of every session');
      }
    },
    10 * MINUTES,
  );

  it(
    'gives every session it accepts under four times its capacity all its words, twice',
    async () => {
      for (let round = 0; round < 2; round += 1) {
        sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_LANES: '2' }, new FakeEngine(150));
        const { accepted, refused, flaws } = await overloadOutcomes(sut.port, 72, 40);
        console.log(
          `round ${round + 1}: ${accepted} of 72 accepted, ${refused} refused, ${flaws.length} flaws`,
        );
        expect(flaws).toEqual([]);
        expect(accepted).toBeGreaterThan(0);
        expect(accepted).toBeLessThanOrEqual(20);
        expect(accepted + refused).toBe(72);
        await sut.close();
      }
    },
    10 * MINUTES,
  );

  it(
    'loses no word while its engine hosts are killed at random',
    async () => {
      sut = await startHostedWorker({ WHISPER_ENGINE: 'fake' });
      const random = new Random(seed);
      const { engine } = sut;
      if (!(engine instanceof HostedEngine)) throw new Error('The worker has no hosts');
      const sessions = Array.from({ length: 8 }, async (_, space) => {
        const client = await WorkerClient.open(sut.port);
        for (let from = 1; from <= 200; from += 5) {
          client.send(joined([codedSpeech(space, from, from + 4), new Int16Array(12_800)]));
          await new Promise((resolve) => setTimeout(resolve, random.integer(10, 300)));
        }
        await client.end();
        return heard(client.text, space);
      });
      const killing = setInterval(() => {
        const pid = random.pick(engine.hosts.pids);
        // One host only: an utterance whose two hosts are both killed is given up, as one that kills them would be.
        if (pid !== undefined && engine.hosts.up === engine.hosts.all) process.kill(pid, 'SIGKILL');
      }, 2_500);
      const results = await Promise.all(sessions).finally(() => clearInterval(killing));
      console.log(`${engine.hosts.restarts} hosts killed`);
      expect(engine.hosts.restarts).toBeGreaterThan(0);
      for (const result of results) expect(result).toEqual({ numbers: upTo(200), foreign: [] });
    },
    10 * MINUTES,
  );

  it(
    'keeps neither memory nor handles of 1,000 sessions that come and go',
    async () => {
      sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
      const cycle = async (index: number): Promise<void> => {
        const client = await WorkerClient.open(sut.port, { options: { interim: true } });
        client.send(codedSentences(1, 1 + (index % 5)));
        if (index % 3 === 0) await client.end();
        else client.terminate();
        await client.closed;
      };
      const handles = (): number =>
        process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length;
      for (let i = 0; i < 200; i += 1) await cycle(i);
      await waitFor(() => sut.sessions === 0, 'the end of the warm-up');
      const before = { rss: process.memoryUsage().rss, handles: handles() };
      for (let i = 0; i < 1_000; i += 1) await cycle(i);
      await waitFor(() => sut.sessions === 0 && handles() <= before.handles, 'every handle to be closed');
      const grownKb = (process.memoryUsage().rss - before.rss) / 1_024 / 1_000;
      console.log(`RSS grew by ${grownKb.toFixed(1)} kB per session`);
      expect(grownKb).toBeLessThan(40);
    },
    10 * MINUTES,
  );
});
