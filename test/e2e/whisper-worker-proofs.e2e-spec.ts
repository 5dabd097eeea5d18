import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { FakeEngine, Poison, POISON_SPACE } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, heard, upTo } from '../support/coded-speech.js';
import { noiseCorpus } from '../support/noise-corpus.js';
import { Random, testSeed } from '../support/random.js';
import { speakSentences } from '../support/spoken-sentences.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import { sampleClip } from '../support/wav.js';
import {
  errorRates,
  isolationFlaws,
  overloadOutcomes,
  sampleUtterances,
  stopAnywhere,
} from '../support/worker-proofs.js';
import { WorkerClient } from '../support/worker-client.js';

const SEED = testSeed();

/** -40 dBFS, by the loudest sample. */
function quiet(samples: Int16Array): Int16Array {
  let peak = 1;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return samples.map((sample) => Math.round((sample * 327) / peak));
}

/** Far more than they take: nothing here is timed, and machines are shared. */
jest.setTimeout(300_000);

describe('What a worker promises (short form; the long one is in test/soak)', () => {
  let sut: Worker;

  afterEach(() => sut.close());

  it.each(['en', 'ko'] as const)('streams as well as it decodes one by one: clips, %s', async (language) => {
    sut = await startTestWorker();
    const { words, offline, streaming } = await errorRates(
      sut.port,
      sampleUtterances(language),
      new Random(SEED),
    );
    expect((streaming - offline) / words).toBeLessThanOrEqual(0.01);
  });

  it.each(['en', 'ko'] as const)(
    'streams as well as it decodes one by one: new sentences, %s',
    async (language) => {
      sut = await startTestWorker();
      const random = new Random(SEED);
      const sentences = await speakSentences(3, language, random);
      const { words, offline, streaming } = await errorRates(sut.port, sentences, random);
      expect((streaming - offline) / words).toBeLessThanOrEqual(0.01);
    },
  );

  it('says nothing when nobody speaks', async () => {
    sut = await startTestWorker();
    const client = await WorkerClient.open(sut.port);
    client.send(noiseCorpus(30, new Random(SEED)).samples, 16_000);
    await client.end();
    expect(client.finals.length).toBeLessThanOrEqual(1);
  });

  it.each(['hello-world.wav', 'three-sentences.wav', 'stop-the-music.wav'])(
    'keeps quiet speech: %s',
    async (clip) => {
      sut = await startTestWorker();
      const loud = await WorkerClient.open(sut.port);
      loud.send(sampleClip(clip));
      await loud.end();
      const soft = await WorkerClient.open(sut.port);
      soft.send(quiet(sampleClip(clip)));
      await soft.end();
      expect(soft.text).toBe(loud.text);
    },
  );

  it('loses nothing wherever it is stopped', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const random = new Random(SEED);
    for (let i = 0; i < 25; i += 1) {
      const { sent, committed, flaw, missing } = await stopAnywhere(sut.port, random);
      expect({ i, committed, flaw, missing }).toEqual({ i, committed: sent, flaw: undefined, missing: [] });
    }
  });

  it('gives none of 50 sessions a word of another', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    await expect(isolationFlaws(sut.port, 50, 8, new Random(SEED))).resolves.toEqual([]);
  });

  it('gives a session the same text whatever the detector heard before', async () => {
    sut = await startTestWorker();
    const texts: string[] = [];
    for (const before of ['noise.wav', 'ko-digits.wav', 'conversation-30s.wav']) {
      const first = await WorkerClient.open(sut.port);
      first.send(sampleClip(before));
      first.stall();
      await first.next('commit');
      first.terminate();
      await waitFor(() => sut.sessions === 0, 'the end of the first session');
      const second = await WorkerClient.open(sut.port);
      second.send(sampleClip('three-sentences.wav'));
      await second.end();
      texts.push(second.finals.map(({ start, end, text }) => `${start}-${end} ${text}`).join());
    }
    expect(new Set(texts).size).toBe(1);
  });

  it('keeps every other session whole beside a poisoned one', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const healthy = await Promise.all(
      [1, 2, 3, 4].map((space) => WorkerClient.open(sut.port, { sessionId: `${space}` })),
    );
    const [garbage, flood, failing] = await Promise.all([0, 0, 0].map(() => WorkerClient.open(sut.port)));
    const random = new Random(SEED);
    garbage!.send(Int16Array.from({ length: 160_000 }, () => random.integer(-32_768, 32_767)));
    for (let i = 0; i < 20_000; i += 1) flood!.socket.send(Buffer.alloc(2));
    failing!.send(encodeWords([{ space: POISON_SPACE, number: Poison.fail }]));
    failing!.stall();
    await Promise.all(
      healthy.map(async (client, index) => {
        client.send(codedSentences(index + 1, 30));
        await client.end();
        expect(heard(client.text, index + 1)).toEqual({ numbers: upTo(30), foreign: [] });
      }),
    );
    garbage!.terminate();
  });

  it('gives every session it accepts in a first burst all its words, and the rest a refusal', async () => {
    // A decode takes 150 ms, or 7.5 % of a short sentence's time: two lanes can serve 20 of the 72 who come.
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_LANES: '2' }, new FakeEngine(150));
    const { accepted, refused, flaws } = await overloadOutcomes(sut.port, 72, 10);
    expect(flaws).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThanOrEqual(20);
    expect(accepted + refused).toBe(72);
  });

  it('is not misled by audio that it has not decoded yet', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_LANES: '2' }, new FakeEngine(150));
    const busy = await WorkerClient.open(sut.port);
    busy.send(codedSentences(1, 100), 32_000);
    // The audio is there, and of its twenty sentences few were decoded.
    await busy.next('final');
    const { accepted } = await overloadOutcomes(sut.port, 30, 5);
    expect(accepted).toBeLessThanOrEqual(19);
    await busy.end();
    expect(heard(busy.text, 1).numbers).toEqual(upTo(100));
  });

  it('takes sessions that lost their worker although it is full', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_LANES: '1' }, new FakeEngine(1_600));
    const first = await WorkerClient.open(sut.port);
    const second = await WorkerClient.connect(sut.port);
    second.hello();
    await expect(second.closed).resolves.toMatchObject({ code: 4429 });
    const resumed = await WorkerClient.open(sut.port, { epoch: 1 });
    resumed.send(codedSentences(2, 3));
    await Promise.all([first.end(), resumed.end()]);
    expect(heard(resumed.text, 2).numbers).toEqual(upTo(3));
  });

  it('keeps nothing of sessions that come and go', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const cycle = async (): Promise<void> => {
      const client = await WorkerClient.open(sut.port);
      client.send(codedSentences(1, 3));
      client.terminate();
      await client.closed;
    };
    const open = (): number => process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length;
    await cycle();
    await waitFor(() => sut.sessions === 0, 'the end of the first session');
    const before = open();
    for (let i = 0; i < 20; i += 1) await cycle();
    await waitFor(() => sut.sessions === 0 && open() <= before, 'every handle to be closed');
    expect(open()).toBeLessThanOrEqual(before);
  });
});
