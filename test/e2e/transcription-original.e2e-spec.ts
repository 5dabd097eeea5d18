import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import { codedSpeech } from '../support/coded-speech.js';
import { recording } from '../support/samples.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import { waitFor } from '../support/wait-for.js';
import { wavFile } from '../support/wav-file.js';
import { sessionsAreOver, useTranscription } from '../support/start-transcription.js';

const KEYS = { acme: 'key-of-acme', globex: 'key-of-globex' };
const API_KEYS = Object.entries(KEYS)
  .map(([tenant, key]) => `${tenant}:${createHash('sha256').update(key).digest('hex')}`)
  .join(',');
const MAX_KEPT = 4;
const WEBM = recording('three-sentences.chromium.webm');
const OGG = recording('conversation-30s.ogg');

describe('an original client whose chunks come without a header', () => {
  const gateway = useTranscription<CaptionClient>(
    {},
    {
      API_KEYS,
      TRANSCRIPTION_MAX_KEPT: String(MAX_KEPT),
      TRANSCRIPTION_MAX_CHUNK_BYTES: '40000',
      TRANSCRIPTION_IDLE_TIMEOUT_MS: '3000',
      TRANSCRIPTION_RESUME_MS: '200',
    },
  );

  async function connect(tenant: keyof typeof KEYS = 'acme'): Promise<CaptionClient> {
    const client = gateway.add(new CaptionClient(gateway.url, { auth: { token: KEYS[tenant] } }));
    await client.connected();
    return client;
  }

  /** Each acknowledged, so that all of them were looked at. */
  async function say(client: CaptionClient, chunks: readonly unknown[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (const chunk of chunks) answers.push(await client.ask('transcription', chunk));
    return answers;
  }

  async function listed(tenant: keyof typeof KEYS, label?: string): Promise<Record<string, unknown>[]> {
    const query = label === undefined ? '' : `?label=${label}`;
    const headers = { authorization: `Bearer ${KEYS[tenant]}` };
    const response = await fetch(`${gateway.url}/transcription/sessions${query}`, { headers });
    return ((await response.json()) as { sessions: Record<string, unknown>[] }).sessions;
  }

  const service = (): TranscriptionService => gateway.app.get(TranscriptionService);

  it('is told so once, and opens no session and leaves no transcript', async () => {
    const client = await connect();
    await client.ask('lectureId', 'lost');
    const answers = await say(client, chunksOf(OGG.subarray(5_001), 1_000));

    expect(answers.length).toBeGreaterThan(50);
    expect(client.errors).toEqual([
      {
        code: 'unsupported_audio',
        retryable: false,
        param: 'audio',
        message: expect.any(String),
        requestId: expect.any(String),
      },
    ]);
    expect(service().liveSessions).toBe(0);
    expect(await listed('acme', 'lost')).toEqual([]);
  });

  it('goes on with its WebM where that goes on', async () => {
    const client = await connect();
    await client.ask('lectureId', 'reconnected');
    await say(client, chunksOf(WEBM.subarray(7_777), 900));
    client.close();
    await sessionsAreOver(gateway);

    expect(client.errors).toEqual([]);
    const [session, ...others] = await listed('acme', 'reconnected');
    expect(others).toEqual([]);
    // The recording lasts 6.9 s.
    expect(session).toMatchObject({ state: 'ended', durationMs: expect.any(Number) });
    expect(session!['durationMs']).toBeGreaterThan(2_000);
    expect(session!['durationMs']).toBeLessThan(5_000);
  });

  it('is heard again from its next header on', async () => {
    const client = await connect();
    await say(client, chunksOf(OGG.subarray(5_001, 9_000), 1_000));
    await say(client, chunksOf(wavFile(codedSpeech(7, 1, 3), 16_000), 8_000));
    await say(client, [new Uint8Array(32_000)]);

    expect(await client.hears(1)).toEqual(['7:1 7:2 7:3']);
    expect(client.errors).toHaveLength(1);
  });

  it('pushes out none of the transcripts of another tenant, however many sessions of its own there are', async () => {
    const other = await connect('globex');
    await other.transcribe(wavFile(codedSpeech(1, 1, 3), 16_000));
    const client = await connect();
    for (let count = 0; count < 3 * MAX_KEPT; count += 1)
      await client.transcribe(wavFile(codedSpeech(2, 1, 1), 16_000));

    expect(await listed('globex')).toHaveLength(1);
    expect((await listed('acme')).length).toBeLessThanOrEqual(MAX_KEPT);
  });

  it('that paused its recorder for so long that its session ended is heard again', async () => {
    const client = await connect();
    await client.ask('lectureId', 'paused');
    const failed = client.next('session:error');
    await say(client, chunksOf(WEBM.subarray(0, 6_000), 1_000));
    expect(await failed).toMatchObject({ code: 'idle_timeout', sessionId: expect.any(String) });

    await say(client, chunksOf(WEBM.subarray(6_000), 1_000));
    client.close();
    await sessionsAreOver(gateway);

    const sessions = await listed('acme', 'paused');
    expect(sessions).toHaveLength(2);
    for (const { durationMs } of sessions) expect(durationMs).toBeGreaterThan(1_000);
  });

  it('loses a chunk that is too large, is told so, and is heard on', async () => {
    const client = await connect();
    await client.ask('lectureId', 'large');
    const speech = wavFile(codedSpeech(9, 1, 3), 16_000);
    await say(client, [speech]);
    const refused = [new Uint8Array(40_001), Buffer.alloc(90_000).toString('base64')];
    const answers = await say(client, refused);
    await say(client, [new Uint8Array(32_000)]);

    expect(answers).toMatchObject([
      { ok: false, code: 'too_large', limit: 40_000 },
      { ok: false, code: 'too_large', limit: 40_000 },
    ]);
    expect(client.errors).toMatchObject([{ code: 'too_large' }, { code: 'too_large' }]);
    expect(await client.hears(1)).toEqual(['9:1 9:2 9:3']);
    const [session] = await listed('acme', 'large');
    expect(session).toMatchObject({
      missingBytes: expect.any(Number),
      sessionId: client.errors[0]!['sessionId' as never],
    });
    expect(session!['missingBytes']).toBeGreaterThan(40_000);
  });

  it.each<[string, unknown, string | undefined]>([
    ['an empty text', '', undefined],
    ['an empty Blob as a data URL', 'data:', undefined],
    ['a data URL without content', 'data:audio/webm;base64,', undefined],
    ['nothing', null, 'bad_request'],
    ['a number', 42, 'bad_request'],
    ['an object', { audio: 'AAAA' }, 'bad_request'],
    ['an array of numbers', [1, 2, 3], 'bad_request'],
    ['text that is not base64', 'hello there!', 'bad_request'],
  ])('gets a clear answer for %s, and its recording goes on', async (_what, odd, code) => {
    const client = await connect();
    const speech = chunksOf(wavFile(codedSpeech(5, 1, 3), 16_000), 4_000);
    await say(client, speech.slice(0, 2));
    const answers = await say(client, [odd]);
    await say(client, [...speech.slice(2), new Uint8Array(32_000)]);

    expect(answers).toMatchObject([code === undefined ? { ok: true } : { ok: false, code, param: 'audio' }]);
    expect(await client.hears(1)).toEqual(['5:1 5:2 5:3']);
  });

  it.each([42, '', null, { id: 1 }, 'x'.repeat(300)])(
    'gets a clear answer for the label %p',
    async (label) => {
      const client = await connect();

      expect(await client.ask('lectureId', label)).toMatchObject({ ok: false, code: 'bad_request' });
      await waitFor(() => client.errors.length === 1, 'the error as an event');
    },
  );

  it('that finds no place is told so once in a while, not for each chunk', async () => {
    const open = Array.from({ length: 200 }, () => {
      try {
        const caller = { ...LOCAL_CALLER, tenantId: 'acme' };
        return service().open(
          { caller, format: { codec: 'auto' }, options: {}, isResumable: true },
          () => SILENT,
        );
      } catch {
        return undefined;
      }
    }).filter((started) => started !== undefined);
    for (const { ready } of open) ready.catch(() => undefined);
    const client = await connect();
    const chunks = chunksOf(WEBM, 500);
    await say(client, chunks);

    for (const { session } of open) session.end();
    // Once more for each second that it took.
    expect(client.errors.length).toBeLessThan(chunks.length);
    expect(client.errors[0]).toMatchObject({ code: 'overloaded', retryable: true });
  });
});

const SILENT = {
  speech: () => undefined,
  interim: () => undefined,
  final: () => undefined,
  queued: () => undefined,
  flow: () => undefined,
  state: () => undefined,
  superseded: () => undefined,
  failed: () => undefined,
  done: () => undefined,
  hasRoom: true,
  room: async () => 1,
  isThere: async () => true,
};
