import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker, type Worker } from '../../src/whisper-worker/worker.js';
import { sampleClip, transcripts } from '../support/wav.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { WorkerClient } from '../support/worker-client.js';

describe(`${startWorker.name} with the demo models`, () => {
  let sut: Worker;

  beforeAll(async () => {
    sut = await startTestWorker();
  });

  afterAll(() => sut.close());

  const clips = [
    ...Object.entries(transcripts('transcripts.json')).map(([file, { text }]) => ({
      file,
      text,
      language: 'en',
    })),
    ...Object.entries(transcripts('transcripts-ko.json')).map(([file, { text }]) => ({
      file,
      text,
      language: 'ko',
    })),
  ];

  it.each(clips)('turns $file into what is said in it', async ({ file, text, language }) => {
    const client = await WorkerClient.open(sut.port, { options: { language } });
    client.send(sampleClip(file));
    await client.end();
    expect(client.text).toBe(text);
  });

  it('covers every sample: done.commit equals the samples sent', async () => {
    const clip = sampleClip('three-sentences.wav');
    const client = await WorkerClient.open(sut.port);
    client.send(clip);
    await expect(client.end()).resolves.toMatchObject({ commit: clip.length });
  });

  it('counts positions from the start that the hello names', async () => {
    const clip = sampleClip('hello-world.wav');
    const client = await WorkerClient.open(sut.port, { start: 1_000_000, epoch: 7 });
    client.send(clip);
    await client.end();
    const [final] = client.finals;
    expect({
      epoch: final?.epoch,
      isInside: final!.start >= 1_000_000 && final!.end <= 1_000_000 + clip.length,
    }).toEqual({
      epoch: 7,
      isInside: true,
    });
  });

  it('tells where speech starts and ends', async () => {
    const client = await WorkerClient.open(sut.port);
    client.send(sampleClip('hello-world.wav'));
    await client.end();
    const speech = client.messages.filter((message) => message.type === 'speech').map(({ state }) => state);
    expect(speech).toEqual(['start', 'end']);
  });

  it('commits silence without a final', async () => {
    const client = await WorkerClient.open(sut.port);
    client.send(sampleClip('silence.wav'));
    const { commit } = await client.end();
    expect({ finals: client.finals.length, commit }).toEqual({ finals: 0, commit: 64_000 });
  });

  it('finishes the open utterance when the audio stalls', async () => {
    const client = await WorkerClient.open(sut.port);
    // The clip ends 0.6 s behind the last word; without them nothing but the stall says that the utterance is over.
    client.send(sampleClip('hello-world.wav').subarray(0, 20_000));
    client.stall();
    await expect(client.next('final')).resolves.toMatchObject({ text: 'Hello world.' });
    client.terminate();
  });

  it('gives a hub that sent a bare token the plain text of each final', async () => {
    const client = await WorkerClient.connect(sut.port);
    const texts: string[] = [];
    client.socket.removeAllListeners('message');
    const spoken = new Promise<void>((resolve) => {
      client.socket.on('message', (data: Buffer) => texts.push(data.toString()) === 3 && resolve());
    });
    client.socket.send('a-token');
    client.send(sampleClip('three-sentences.wav'));
    // Such a hub has no way to say that nothing more comes: silence ends the last utterance.
    client.send(new Int16Array(16_000));
    await spoken;
    client.terminate();
    expect(texts).toEqual(['Good morning.', 'Turn on the light.', 'Thank you.']);
  });

  it('refuses a language that no demo model knows', async () => {
    const client = await WorkerClient.connect(sut.port);
    client.hello({ options: { language: 'de' } });
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('refuses to translate', async () => {
    const client = await WorkerClient.connect(sut.port);
    client.hello({ options: { task: 'translate' } });
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('says over HTTP that it is alive and ready', async () => {
    const [live, ready] = await Promise.all(
      ['live', 'ready'].map((state) => fetch(`http://127.0.0.1:${sut.port}/health/${state}`)),
    );
    expect([live?.status, ready?.status]).toEqual([200, 200]);
  });
});
