import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkerMessage } from '../../src/whisper-protocol/messages.js';
import type { DecodedUtterance, DecodeRequest } from '../../src/whisper-worker/engine.js';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSpeech, heard, upTo } from '../support/coded-speech.js';
import { Random } from '../support/random.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import { sampleClip } from '../support/wav.js';
import { WorkerClient } from '../support/worker-client.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

type Interim = Extract<WorkerMessage, { type: 'interim' }>;

const PIECE_SAMPLES = 320;

/** Speaks on, 20 ms a turn, until it is so, and says the rest at once. Fails when everything was said in vain. */
async function speakUntil(
  client: WorkerClient,
  samples: Int16Array,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  let at = 0;
  await waitFor(async () => {
    if (at >= samples.length) throw new Error('Everything was said, and it did not happen');
    client.send(samples.subarray(at, at + PIECE_SAMPLES));
    at += PIECE_SAMPLES;
    return isSo();
  }, 'what the worker does while somebody speaks');
  client.send(samples.subarray(at));
}

function interimsOf(client: WorkerClient): Interim[] {
  return client.messages.filter((message) => message.type === 'interim');
}

async function metric(sut: Worker, line: RegExp): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${sut.port}/metrics`);
  return Number(line.exec(await response.text())?.[1] ?? Number.NaN);
}

/** Hears the same audio differently each time, as a real model does, and often nothing of it in the end. */
class MoodyEngine extends FakeEngine {
  private readonly random = new Random(20_261_126);

  override async decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance> {
    const { text, ...rest } = await super.decode(request, signal);
    const words = text.split(' ').map((word) => (this.random.below(4) === 0 ? 'well' : word));
    return {
      ...rest,
      text: request.isOptional ? words.join(' ') : words.slice(this.random.below(9)).join(' '),
    };
  }
}

describe('Captions while somebody speaks', () => {
  let sut: Worker;

  afterEach(() => sut.close());

  it('appear before the utterance ends, and their stable part never changes', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_INTERIM_MS: '100' });
    const client = await WorkerClient.open(sut.port, { options: { interim: true } });
    await speakUntil(client, codedSpeech(1, 1, 90), () => interimsOf(client).length > 2);
    await client.end();
    const interims = interimsOf(client);
    let stable = '';
    for (const { text, stable: length, utterance } of interims) {
      expect(text.startsWith(stable)).toBe(true);
      expect(utterance).toBe(client.finals[0]!.utterance);
      stable = text.slice(0, length);
    }
    expect(client.text.startsWith(stable)).toBe(true);
    expect(stable).not.toBe('');
  });

  it('promise nothing that the final does not hold, whatever is decoded', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_INTERIM_MS: '100' }, new MoodyEngine());
    // Its texts have no marks, so that they would wait for more.
    const vad = { silenceMs: 500 };
    const client = await WorkerClient.open(sut.port, { options: { interim: true, vad } });
    for (let utterance = 1; utterance <= 4; utterance += 1) {
      const promised = (): number =>
        new Set(interimsOf(client).flatMap((interim) => (interim.stable > 0 ? [interim.utterance] : [])))
          .size;
      await speakUntil(client, codedSpeech(1, 1, 40), () => promised() >= utterance);
      client.send(new Int16Array(16_000));
      await client.next('final', ({ n }) => n >= utterance);
    }
    await client.end();
    for (const { utterance, text, stable } of interimsOf(client)) {
      const final = client.finals.find((each) => each.utterance === utterance);
      expect(final?.text.slice(0, stable)).toBe(text.slice(0, stable));
    }
  });

  it('promise no word that a cut leaves to the next utterance', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_INTERIM_MS: '100' });
    const vad = { maxUtteranceMs: 2_000 };
    const client = await WorkerClient.open(sut.port, { options: { interim: true, vad } });
    await speakUntil(client, codedSpeech(1, 1, 40), () => client.finals.length > 2);
    await client.end();
    expect(heard(client.text, 1)).toEqual({ numbers: upTo(40), foreign: [] });
    for (const { utterance, text, stable } of interimsOf(client)) {
      const final = client.finals.find((each) => each.utterance === utterance);
      expect(final?.text.slice(0, stable)).toBe(text.slice(0, stable));
    }
  });

  it('come in order, none behind the final of its utterance', async () => {
    sut = await startTestWorker({ WHISPER_INTERIM_MS: '100' });
    const client = await WorkerClient.open(sut.port, { options: { interim: true } });
    await speakUntil(client, sampleClip('three-sentences.wav'), () => interimsOf(client).length > 0);
    await client.end();
    const isFinal = new Set<string>();
    const late: string[] = [];
    for (const message of client.messages) {
      if (message.type === 'final') isFinal.add(message.utterance);
      if (message.type === 'interim' && isFinal.has(message.utterance)) late.push(message.utterance);
    }
    expect(late).toEqual([]);
    expect(client.text).toBe('Good morning. Turn on the light. Thank you.');
    expect(interimsOf(client).length).toBeGreaterThan(0);
  });

  it('are not sent to who did not ask for them', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_INTERIM_MS: '100' });
    const [asking, client] = [
      await WorkerClient.open(sut.port, { options: { interim: true } }),
      await WorkerClient.open(sut.port),
    ];
    const words = codedSpeech(1, 1, 30);
    client.send(words.subarray(0, 16_000));
    await speakUntil(asking, words, () => interimsOf(asking).length > 0);
    client.send(words.subarray(16_000));
    await Promise.all([asking.end(), client.end()]);
    expect(interimsOf(client)).toEqual([]);
  });

  it('are left out while every lane is busy; finals are not', async () => {
    sut = await startTestWorker(
      { WHISPER_ENGINE: 'fake', WHISPER_LANES: '1', WHISPER_INTERIM_MS: '100' },
      new FakeEngine(1_500),
    );
    const busy = await WorkerClient.open(sut.port);
    busy.send(codedSpeech(1, 1, 5));
    busy.stall();
    // So slow an engine serves one session; the second is let in because it lost its worker.
    const client = await WorkerClient.open(sut.port, { epoch: 1, options: { interim: true } });
    const dropped = (): Promise<number> =>
      metric(sut, /parley_worker_interims_total\{outcome="dropped"\} (\d+)/);
    await speakUntil(client, codedSpeech(2, 1, 30), async () => (await dropped()) > 0);
    await Promise.all([busy.end(), client.end()]);
    expect(heard(client.text, 2)).toEqual({ numbers: upTo(30), foreign: [] });
  });
});

describe('The final of an utterance', () => {
  let sut: Worker;

  afterEach(() => sut.close());

  it('is decoded early in the pause, once', async () => {
    sut = await startTestWorker();
    const client = await WorkerClient.open(sut.port);
    client.send(sampleClip('hello-world.wav'));
    await client.end();
    expect(client.text).toBe('Hello world.');
    expect(await metric(sut, /speculations_total\{outcome="confirmed"\} (\d+)/)).toBe(1);
    expect(await metric(sut, /decode_seconds_count\{kind="speculative"\} (\d+)/)).toBe(1);
    expect(await metric(sut, /decode_seconds_count\{kind="final"\} (\d+)/)).toBeNaN();
  });

  it('has word times inside its span when they are asked for', async () => {
    sut = await startTestWorker();
    const client = await WorkerClient.open(sut.port, { options: { words: true } });
    client.send(sampleClip('digits.wav'));
    await client.end();
    const [final] = client.finals;
    expect(final!.words?.map(({ word }) => word.replace(/\W/g, ''))).toEqual([
      'One',
      'two',
      'three',
      'four',
      'five',
    ]);
    for (const { start, end } of final!.words ?? []) {
      expect([start >= final!.start, start <= end, end <= final!.end]).toEqual([true, true, true]);
    }
  });

  it('has no word times where the model measures none', async () => {
    sut = await startTestWorker();
    const client = await WorkerClient.open(sut.port, { options: { words: true, language: 'ko' } });
    client.send(sampleClip('ko-hello.wav'));
    await client.end();
    expect(client.finals.map(({ text, words }) => ({ text, words }))).toEqual([
      { text: '여러분 안녕하세요.', words: undefined },
    ]);
  });

  it('is refused in a language to be detected where the model cannot', async () => {
    sut = await startTestWorker();
    const client = await WorkerClient.connect(sut.port);
    client.hello({ options: { language: 'auto' } });
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('is in the language that the model detects', async () => {
    sut = await startTestWorker({ WHISPER_MODEL: join(SIXTY_WORDS, 'en') });
    const client = await WorkerClient.open(sut.port, { options: { language: 'auto' } });
    client.send(sampleClip('three-sentences.wav'));
    await client.end();
    expect(client.finals.map(({ text, language }) => `${language} ${text}`)).toEqual([
      'en Good morning.',
      'en Turn on the light.',
      'en Thank you.',
    ]);
  });

  it('decides the language of a session once', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(sut.port, { options: { language: 'auto' } });
    client.send(codedSpeech(1, 1, 3));
    await client.end();
    expect(client.finals[0]?.language).toBe('en');
  });
});

describe('A worker that is told to stop', () => {
  it('says drain, lets the open utterance end, and closes with restarting', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(sut.port);
    client.send(codedSpeech(1, 1, 3));
    await client.next('speech');
    const closing = sut.close();
    await client.next('drain');
    client.send(codedSpeech(1, 4, 5));
    client.send(new Int16Array(16_000));
    const { code } = await client.closed;
    await closing;
    expect({ code, text: client.text }).toEqual({ code: 1012, text: '1:1 1:2 1:3 1:4 1:5' });
  });

  it('makes text of what a bare hub said so far, because it cannot say it again', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.connect(sut.port);
    client.socket.removeAllListeners('message');
    client.socket.send('token');
    client.send(codedSpeech(1, 1, 3));
    // All three words are there.
    await waitFor(
      async () => (await metric(sut, /audio_seconds_total ([\d.]+)/)) >= 0.599,
      'all three words to be heard',
    );
    const text = once(client.socket, 'message').then(([data]) => String(data));
    await sut.close();
    expect(await text).toBe('1:1 1:2 1:3');
  });

  it('gives up on an utterance that does not end in time', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake', SHUTDOWN_GRACE_MS: '200' });
    const client = await WorkerClient.open(sut.port);
    client.send(codedSpeech(1, 1, 3));
    await client.next('speech');
    await sut.close();
    // Nothing was committed behind the first word, so that another worker gets all of it again.
    expect(client.finals).toEqual([]);
  });
});

describe('Health and metrics of a worker', () => {
  it('decode a clip, name free lanes and count what happened', async () => {
    const sut = await startTestWorker();
    const live = await fetch(`http://127.0.0.1:${sut.port}/health/live`);
    const ready = await fetch(`http://127.0.0.1:${sut.port}/health/ready`);
    const client = await WorkerClient.open(sut.port);
    client.send(sampleClip('hello-world.wav'));
    await client.end();
    const [finals, lanes] = [
      await metric(sut, /parley_worker_finals_total (\d+)/),
      await metric(sut, /parley_worker_free_lanes (\d+)/),
    ];
    const state = await ready.json();
    await sut.close();
    expect([live.status, ready.status, finals, lanes]).toEqual([200, 200, 1, 2]);
    expect(state).toMatchObject({ status: 'ready', engine: 'sherpa', model: 'sixty-words', freeLanes: 2 });
  });

  it('say so when the engine does not decode', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake' }, new BrokenEngine());
    const live = await fetch(`http://127.0.0.1:${sut.port}/health/live`);
    await sut.close();
    expect(live.status).toBe(503);
  });
});

class BrokenEngine extends FakeEngine {
  override async decode(): Promise<never> {
    throw new Error('broken');
  }
}
