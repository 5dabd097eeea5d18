import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TRANSCRIBER, type Transcriber } from '../../src/transcription/transcriber.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, codedSpeech, heard, joined, upTo } from '../support/coded-speech.js';
import { mintToken } from '../support/mint-token.js';
import { SpeakingClient } from '../support/speaking-client.js';
import type { RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { sessionsAreOver, startTranscription } from '../support/start-transcription.js';
import { keyEntry } from '../support/tenant-keys.js';
import { eventually, FreshTenants, leftOf, usageOf } from '../support/usage.js';
import { WorkerProcess } from '../support/worker-processes.js';

const RATE = 16_000;
const SLICE_SECONDS = 8;
/** A hundred sessions, before any of them speaks. */
const DAY_SECONDS = 800;
const MANY = { TRANSCRIPTION_MAX_SESSIONS: '400', TRANSCRIPTION_MAX_PER_CALLER: '400' };

const tenants = new FreshTenants();
const GATEWAY = {
  ...MANY,
  API_KEYS: tenants.names.map(keyEntry).join(','),
  TENANT_SHARE_PERCENT: '100',
  BUDGET_AUDIO_SECONDS_PER_DAY: String(DAY_SECONDS),
  BUDGET_AUDIO_SLICE_SECONDS: String(SLICE_SECONDS),
};

function silence(seconds: number): Int16Array {
  return new Int16Array(seconds * RATE);
}

describe('budgets of live audio', () => {
  let worker: Worker;
  let running: RunningApp;
  const clients: SpeakingClient[] = [];

  beforeAll(async () => {
    worker = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_MAX_SESSIONS: '400' });
    running = await startTranscription(worker, { ...GATEWAY, TRANSCRIPTION_RESUME_MS: '10000' });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const client of clients) await client.giveUp().catch(() => undefined);
    for (const client of clients.splice(0)) client.close();
    await sessionsAreOver(running);
  });

  afterAll(async () => {
    await running.close();
    await worker.close();
  });

  /** @param credential a key or a token */
  function client(samples: Int16Array, credential: string, url = running.url): SpeakingClient {
    const added = new SpeakingClient(url, { samples }, { auth: { token: credential } });
    clients.push(added);
    return added;
  }

  const keyOf = (tenant: string): string => `key-of-${tenant}`;

  function tokenWith(tenant: string, limits: object): Promise<string> {
    return mintToken(running.url, tenant, { scopes: ['transcription'], limits });
  }

  it('lets exactly as many of 200 sessions at once begin as there are first slices', async () => {
    const tenant = tenants.next();
    const waiting = Array.from({ length: 200 }, () => client(new Int16Array(), keyOf(tenant)));

    const answers = await Promise.all(waiting.map((each) => each.start()));

    expect(answers.filter(({ ok }) => ok)).toHaveLength(DAY_SECONDS / SLICE_SECONDS);
    expect(answers.filter(({ code }) => code === 'budget_exceeded')).toHaveLength(100);
  });

  it('refuses a session over budget before a transcriber is asked for, and says when to come again', async () => {
    const tenant = tenants.next();
    const token = await tokenWith(tenant, { perDay: { audioSeconds: 1 } });
    await used(client(silence(1), token));
    const open = jest.spyOn(running.app.get<Transcriber>(TRANSCRIBER), 'open');

    const answer = await client(silence(1), token).start();

    expect(answer).toMatchObject({ ok: false, code: 'budget_exceeded', retryable: true });
    expect(answer.retryAfterMs).toBeGreaterThan(0);
    expect(open).not.toHaveBeenCalled();
  });

  it('ends a session at the end of an utterance when little is left, with all that was said', async () => {
    const tenant = tenants.next();
    const token = await tokenWith(tenant, { perDay: { audioSeconds: 10 } });
    // 9.5 of 10 seconds, and the only pause in them: nothing but that pause can end the session.
    const speaking = client(joined([silence(7.5), codedSpeech(1, 1, 5), silence(1)]), token);
    await speaking.start();
    speaking.sendBlindly(speaking.chunks.length);
    await speaking.isDone();

    expect(heard(speaking.text, 1)).toEqual({ numbers: upTo(5), foreign: [] });
    expect(speaking.events.slice(-2)).toMatchObject([
      ['session:error', { code: 'budget_exceeded', retryable: true }],
      ['session:done', { finals: speaking.finals.length }],
    ]);
    expect(speaking.done!.samples).toBeLessThanOrEqual(9.5 * RATE);
  });

  it('ends a session without a pause with its last second that is paid for, and loses no word of it', async () => {
    const tenant = tenants.next();
    const token = await tokenWith(tenant, { perDay: { audioSeconds: 10 } });
    // Words of 0.2 s without a pause: 50 fit.
    const speaking = client(codedSpeech(2, 1, 70), token);
    await speaking.start();
    speaking.sendBlindly(speaking.chunks.length);
    await speaking.isDone();

    expect(heard(speaking.text, 2)).toEqual({ numbers: upTo(50), foreign: [] });
    expect(speaking.errors).toMatchObject([{ code: 'budget_exceeded' }]);
    await eventually(async () =>
      expect((await usageOf(running, tenant)).groups).toMatchObject([
        { group: 'storage' },
        { group: 'transcription', calls: 1, audioSeconds: 10 },
      ]),
    );
  });

  it('goes on slice by slice while the budget has more, and gives back what was not used', async () => {
    const tenant = tenants.next();
    const speaking = client(codedSentences(3, 50), keyOf(tenant));
    await speaking.start();
    await expect(leftOf(running, tenant, 'audioSeconds')).resolves.toBe(DAY_SECONDS - SLICE_SECONDS);

    expect(heard(await speaking.finish(), 3).numbers).toEqual(upTo(50));

    // Ten sentences of 1.8 s.
    await expectUsed(tenant, 18);
  });

  it('gives back what was not used when the client vanishes', async () => {
    const tenant = tenants.next();
    const quick = await startTranscription(worker, { ...GATEWAY, TRANSCRIPTION_RESUME_MS: '200' });
    try {
      const speaking = client(silence(2.5), keyOf(tenant), quick.url);
      await speaking.start();
      await speaking.speak();
      speaking.cut();
      await sessionsAreOver(quick);

      await eventually(async () => expect(await leftOf(quick, tenant, 'audioSeconds')).toBe(DAY_SECONDS - 3));
    } finally {
      await quick.close();
    }
  });

  it('counts a session once that goes on with another connection, and holds one place for it', async () => {
    const tenant = tenants.next();
    const token = await tokenWith(tenant, { concurrentSessions: 1 });
    const speaking = client(codedSentences(4, 10), token);
    await speaking.start();
    await speaking.speak(6);
    speaking.cut();
    expect(await speaking.resume()).toMatchObject({ ok: true });
    expect(await client(silence(1), token).start()).toMatchObject({ ok: false, code: 'budget_exceeded' });

    expect(heard(await speaking.finish(), 4).numbers).toEqual(upTo(10));

    // Two sentences of 1.8 s.
    await expectUsed(tenant, 4);
    await eventually(async () => expect(await client(silence(1), token).start()).toMatchObject({ ok: true }));
  });

  it('counts what was said once when a killed worker is replaced, and gives back the rest', async () => {
    const tenant = tenants.next();
    const workers = [new WorkerProcess(), new WorkerProcess()];
    await Promise.all(workers.map((each) => each.start()));
    const survivor = await startTranscription(workers, { ...GATEWAY, TRANSCRIPTION_STALL_MS: '30000' });
    try {
      const speaking = client(codedSentences(5, 20), keyOf(tenant), survivor.url);
      await speaking.start();
      await speaking.speak(8);
      await workers[0]!.kill();
      await speaking.speak(2);
      await workers[0]!.start();
      await workers[1]!.kill();

      expect(heard(await speaking.finish(), 5).numbers).toEqual(upTo(20));

      // Four sentences of 1.8 s.
      await eventually(async () =>
        expect(await leftOf(survivor, tenant, 'audioSeconds')).toBe(DAY_SECONDS - 8),
      );
    } finally {
      await survivor.close();
      await Promise.all(workers.map((each) => each.kill()));
    }
  });

  it('gives the first slice and the place back when no transcriber can be had', async () => {
    const tenant = tenants.next();
    const token = await tokenWith(tenant, { concurrentSessions: 1 });
    const transcriber = running.app.get<Transcriber>(TRANSCRIBER);
    jest.spyOn(transcriber, 'open').mockRejectedValueOnce(new Error('gone'));
    expect(await client(silence(1), token).start()).toMatchObject({ ok: false, code: 'internal' });

    await eventually(async () => expect(await leftOf(running, tenant, 'audioSeconds')).toBe(DAY_SECONDS));
    expect(await client(silence(1), token).start()).toMatchObject({ ok: true });
  });

  /** Speaks a whole session. */
  async function used(speaking: SpeakingClient): Promise<void> {
    await speaking.start();
    await speaking.finish();
  }

  async function expectUsed(tenant: string, seconds: number): Promise<void> {
    await eventually(async () => {
      expect(await leftOf(running, tenant, 'audioSeconds')).toBe(DAY_SECONDS - seconds);
      const { groups } = await usageOf(running, tenant);
      expect(groups.find(({ group }) => group === 'transcription')).toMatchObject({ audioSeconds: seconds });
    });
  }
});
