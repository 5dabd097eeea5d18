import { afterEach, describe, expect, it } from '@jest/globals';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { sampleClip } from '../support/wav.js';
import { WorkerClient } from '../support/worker-client.js';

describe('A recording at the worker, in the background', () => {
  let sut: Worker;
  const clients: WorkerClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await sut.close();
  });

  async function open(priority: 'live' | 'background'): Promise<WorkerClient> {
    const client = await WorkerClient.open(sut.port, { priority });
    clients.push(client);
    return client;
  }

  it('comes to the same finals as a live session', async () => {
    sut = await startTestWorker();
    const clip = sampleClip('conversation-30s.wav');
    const [live, recording] = [await open('live'), await open('background')];
    for (const client of [live, recording]) client.send(clip);
    await Promise.all([live.end(), recording.end()]);
    expect(live.finals.length).toBeGreaterThan(5);
    expect(recording.finals).toEqual(live.finals);
  });

  it('takes no place of a live session, and has but so many', async () => {
    sut = await startTestWorker({ WHISPER_MAX_SESSIONS: '1', WHISPER_MAX_BACKGROUND_SESSIONS: '1' });
    await open('background');
    await open('live');
    const second = await WorkerClient.connect(sut.port);
    second.hello({ priority: 'background' });
    await expect(second.closed).resolves.toEqual({
      code: 4429,
      reason: expect.stringMatching(/^retryAfterMs=\d+$/),
    });
  });

  it('goes on beside a live session that speaks all the time, on a single lane', async () => {
    sut = await startTestWorker({ WHISPER_LANES: '1' });
    const clip = sampleClip('three-sentences.wav');
    const [live, recording] = [await open('live'), await open('background')];
    recording.send(clip);
    // Twenty times as much speech as the recording has, ahead of it and behind it.
    for (let round = 0; round < 20; round += 1) live.send(clip);
    await recording.end();
    expect(recording.finals).toHaveLength(3);
  });
});
