import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, codedSpeech, heard, upTo } from '../support/coded-speech.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { wavFile } from '../support/wav-file.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';

/** Said at once, so that the time limits of these sessions are for what comes after them. */
const WORDS = 5;

describe('live transcription that the server ends', () => {
  let worker: Worker;
  let running: RunningApp;
  const clients: { close(): void }[] = [];

  beforeAll(async () => {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake' });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await sessionsAreOver(running);
    await running.close();
  });

  afterAll(() => worker.close());

  async function start(limits: Record<string, string>): Promise<void> {
    running = await startTranscription(worker, {
      TRANSCRIPTION_RESUME_MS: '200',
      ...limits,
    });
  }

  async function speaker(samples: Int16Array): Promise<SpeakingClient> {
    const client = new SpeakingClient(running.url, { samples });
    clients.push(client);
    expect(await client.start()).toMatchObject({ ok: true });
    return client;
  }

  /** The open utterance is finished, told and stored, then the reason is told, then the end. */
  async function expectEnding(client: SpeakingClient, space: number, code: string): Promise<void> {
    await client.isDone();
    const finals = client.finals.length;
    expect(heard(client.text, space).numbers).toEqual(upTo(WORDS));
    expect(client.events.slice(-2)).toMatchObject([
      ['session:error', { code, retryable: false }],
      ['session:done', { finals, lastEventId: finals }],
    ]);
    expect(client.errors).toHaveLength(1);
    const response = await fetch(`${running.url}/transcription/sessions/${client.sessionId}`);
    expect(await response.json()).toMatchObject({ state: 'ended', text: client.text });
    const late = await client.ask('audio', { seq: client.chunks.length + 1 }, new Uint8Array(2));
    expect(late).toMatchObject({ ok: false, code: 'not_found' });
  }

  it('because no audio has come for long', async () => {
    await start({ TRANSCRIPTION_IDLE_TIMEOUT_MS: '2000' });
    const client = await speaker(codedSpeech(1, 1, WORDS));
    client.sendBlindly(client.chunks.length);

    await expectEnding(client, 1, 'idle_timeout');
  });

  it('because none has ever come', async () => {
    await start({ TRANSCRIPTION_IDLE_TIMEOUT_MS: '2000' });
    const client = await speaker(new Int16Array());
    await client.isDone();

    expect(client.errors).toMatchObject([{ code: 'idle_timeout' }]);
    expect(client.done).toMatchObject({ lastEventId: 0, samples: 0, finals: 0 });
  });

  it('because it has lasted too long', async () => {
    await start({ TRANSCRIPTION_MAX_SESSION_MS: '3000' });
    const client = await speaker(codedSpeech(2, 1, WORDS));
    client.sendBlindly(client.chunks.length);

    await expectEnding(client, 2, 'too_large');
  });

  it('because it holds too much audio, which came faster than real time', async () => {
    await start({ TRANSCRIPTION_MAX_SESSION_MS: '60000' });
    const samples = new Int16Array(61 * 16_000);
    samples.set(codedSentences(3, WORDS));
    const client = await speaker(samples);
    client.sendBlindly(client.chunks.length);

    await expectEnding(client, 3, 'too_large');
    expect(client.done!.samples).toBeLessThanOrEqual(61 * 16_000);
  });

  it('for an original client, too, whose words are stored', async () => {
    await start({ TRANSCRIPTION_IDLE_TIMEOUT_MS: '2000' });
    const client = new CaptionClient(running.url);
    clients.push(client);
    await client.connected();
    client.socket.emit('lectureId', 'forgotten microphone');
    const failed = client.next('session:error');
    for (const chunk of chunksOf(wavFile(codedSpeech(4, 1, WORDS), 16_000), 8_000))
      client.socket.emit('transcription', chunk);

    expect(await failed).toMatchObject({ code: 'idle_timeout' });
    expect(heard(client.originals.join(' '), 4).numbers).toEqual(upTo(WORDS));
    const path = `${running.url}/transcription/sessions`;
    const listed = await (await fetch(`${path}?label=forgotten%20microphone`)).json();
    const { sessionId } = (listed as { sessions: { sessionId: string }[] }).sessions[0]!;
    const response = await fetch(`${path}/${sessionId}`);
    expect(await response.json()).toMatchObject({ state: 'ended', text: client.originals.join(' ') });
  });
});
