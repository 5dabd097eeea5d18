import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, testSeed } from '../support/random.js';
import { codedSentences, heard, upTo } from '../support/coded-speech.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { WorkerProcess } from '../support/worker-processes.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';

const WORDS = 40;
const SEED = testSeed();

describe('live transcription by two workers that are killed, frozen and stopped', () => {
  let workers: WorkerProcess[];
  let running: RunningApp;
  const clients: SpeakingClient[] = [];

  beforeEach(async () => {
    workers = [new WorkerProcess(), new WorkerProcess()];
    await Promise.all(workers.map((worker) => worker.start()));
    running = await startTranscription(workers, {
      WHISPER_SILENT_TIMEOUT_MS: '4000',
      WHISPER_CONNECT_TIMEOUT_MS: '4000',
      TRANSCRIPTION_RESUME_MS: '200',
      // Nobody speaks while a worker starts again, which may take seconds: that is no pause that cuts a word in two.
      TRANSCRIPTION_STALL_MS: '30000',
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await sessionsAreOver(running);
    await running.close();
    await Promise.all(workers.map((worker) => worker.kill()));
  });

  async function speakers(count: number): Promise<SpeakingClient[]> {
    const started = upTo(count).map(
      (space) => new SpeakingClient(running.url, { samples: codedSentences(space, WORDS) }),
    );
    clients.push(...started);
    for (const client of started) expect(await client.start()).toMatchObject({ ok: true });
    return started;
  }

  async function expectEveryWordOnce(speaking: SpeakingClient[]): Promise<void> {
    await Promise.all(speaking.map((client) => client.finish()));
    for (const [index, client] of speaking.entries()) {
      expect(heard(client.text, index + 1)).toEqual({ numbers: upTo(WORDS), foreign: [] });
      expect(client.eventIds).toEqual(upTo(client.finals.length));
      expect(client.errors).toEqual([]);
    }
  }

  it('loses and doubles no word when workers are killed in turn in mid-sentence', async () => {
    const random = seededRandom(SEED);
    const speaking = await speakers(6);
    for (let kill = 0; kill < 4; kill += 1) {
      await Promise.all(speaking.map((client) => client.speak(1 + Math.floor(random() * 8))));
      const victim = workers[kill % 2]!;
      await victim.kill();
      await Promise.all(speaking.map((client) => client.speak(2)));
      await victim.start();
    }

    await expectEveryWordOnce(speaking);
    expect(speaking.flatMap(({ events }) => events).some(([name]) => name === 'session:state')).toBe(true);
  });

  it('leaves a frozen worker', async () => {
    const speaking = await speakers(4);
    await Promise.all(speaking.map((client) => client.speak(12)));
    workers[0]!.signal('SIGSTOP');

    await expectEveryWordOnce(speaking);
  });

  it('moves sessions to another worker at the end of an utterance when theirs is stopped', async () => {
    const speaking = await speakers(4);
    await Promise.all(speaking.map((client) => client.speak(12)));
    workers[0]!.signal('SIGTERM');

    await expectEveryWordOnce(speaking);
    await workers[0]!.exited();
    const states = speaking.flatMap(({ events }) => events.filter(([name]) => name === 'session:state'));
    expect(states.map(([, value]) => value)).not.toContainEqual({ state: 'failover' });
  });

  it('says that no worker can be reached when all are gone', async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    const client = new SpeakingClient(running.url, { samples: new Int16Array() });
    clients.push(client);

    expect(await client.start()).toMatchObject({ ok: false, code: 'worker_unavailable', retryable: true });
  });
});
