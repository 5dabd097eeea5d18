import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { Poison, POISON_SPACE } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import { HostedEngine } from '../../src/whisper-worker/host/hosted-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, codedSpeech, heard, joined, upTo } from '../support/coded-speech.js';
import { startHostedWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerClient } from '../support/worker-client.js';

const PAUSE = new Int16Array(16_000);

function pidsOf({ engine }: Worker): number[] {
  return engine instanceof HostedEngine ? engine.hosts.pids.filter((pid) => pid !== undefined) : [];
}

async function isReady(port: number): Promise<{ hostRestarts: number; ok: boolean }> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
  const { hostRestarts } = (await response.json()) as { hostRestarts: number };
  return { hostRestarts, ok: response.ok };
}

describe('A worker with engine hosts', () => {
  let sut: Worker;

  afterEach(() => sut.close());

  it('loses no word when a host is killed while it decodes', async () => {
    sut = await startHostedWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(sut.port);
    for (let from = 1; from <= 50; from += 5) {
      client.send(joined([codedSpeech(3, from, from + 4), PAUSE]));
      if (from % 10 === 1) for (const pid of pidsOf(sut)) process.kill(pid, 'SIGKILL');
    }
    await client.end();
    expect(heard(client.text, 3)).toEqual({ numbers: upTo(50), foreign: [] });
  });

  it('gives up an utterance that ends its host every time, and harms no other session', async () => {
    sut = await startHostedWorker({ WHISPER_ENGINE: 'fake' });
    const poisoned = await WorkerClient.open(sut.port);
    const healthy = await WorkerClient.open(sut.port);
    poisoned.send(joined([encodeWords([{ space: POISON_SPACE, number: Poison.crash }]), PAUSE]));
    healthy.send(codedSentences(4, 20));
    await expect(poisoned.next('error')).resolves.toMatchObject({ code: 'internal', retryable: false });
    await healthy.end();
    expect(heard(healthy.text, 4)).toEqual({ numbers: upTo(20), foreign: [] });
  });

  it('ends a host that hangs, and serves on', async () => {
    sut = await startHostedWorker({ WHISPER_ENGINE: 'fake', WHISPER_DECODE_TIMEOUT_MS: '2000' });
    const poisoned = await WorkerClient.open(sut.port);
    poisoned.send(joined([encodeWords([{ space: POISON_SPACE, number: Poison.hang }]), PAUSE]));
    await poisoned.next('error');
    const healthy = await WorkerClient.open(sut.port);
    healthy.send(codedSentences(5, 10));
    await healthy.end();
    expect(heard(healthy.text, 5)).toEqual({ numbers: upTo(10), foreign: [] });
    // Once early, in the pause, and twice as a final.
    await expect(isReady(sut.port)).resolves.toMatchObject({ hostRestarts: 3, ok: true });
  });

  it('replaces a host that is stopped while it decodes, and loses no word', async () => {
    sut = await startHostedWorker({ WHISPER_ENGINE: 'fake', WHISPER_HUNG_MS: '1500' });
    const client = await WorkerClient.open(sut.port);
    const stopped = pidsOf(sut);
    client.send(joined([codedSpeech(3, 1, 5), PAUSE]));
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    client.send(joined([codedSpeech(3, 6, 10), PAUSE]));
    await client.end();
    expect(heard(client.text, 3)).toEqual({ numbers: upTo(10), foreign: [] });
    expect(pidsOf(sut).filter((pid) => stopped.includes(pid))).toEqual([]);
  });

  it('replaces a host that is stopped while nobody speaks, before it is given work', async () => {
    sut = await startHostedWorker({ WHISPER_ENGINE: 'fake', WHISPER_HUNG_MS: '1500', WHISPER_LANES: '1' });
    const [stopped] = pidsOf(sut);
    process.kill(stopped!, 'SIGSTOP');
    await waitFor(async () => (await isReady(sut.port)).hostRestarts >= 1, 'the end of the host');
    await waitFor(async () => (await isReady(sut.port)).ok, 'another host');
    expect(pidsOf(sut)).not.toContain(stopped);
  });
});
