import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EmbeddedWorker } from '../../src/transcription/providers/whisper/embedded-worker.js';
import { WORKER_POOL } from '../../src/transcription/providers/whisper/worker-pool.js';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import { recording, sample, transcriptOf } from '../support/samples.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { waitFor } from '../support/wait-for.js';
import { sessionsAreOver } from '../support/start-transcription.js';
import { SIXTY_WORDS } from '../support/sixty-words.js';

interface StoredTranscript {
  state: string;
  text: string;
  label: string | null;
  sessionId: string;
  durationMs: number;
  finals: { eventId: number; startMs: number; endMs: number }[];
}

describe('live transcription with the embedded worker and the demo models', () => {
  let running: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    running = await startApp({
      FEATURES: 'transcription',
      WHISPER_MODEL: SIXTY_WORDS,
      PROFILE: 'demo',
      // A session whose client has left ends soon, so that each test can wait for its end.
      TRANSCRIPTION_RESUME_MS: '300',
    });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await sessionsAreOver(running);
  });

  afterAll(() => running.close());

  function connect(): CaptionClient {
    const client = new CaptionClient(running.url);
    clients.push(client);
    return client;
  }

  async function read(sessionId: unknown): Promise<StoredTranscript> {
    const response = await fetch(`${running.url}/transcription/sessions/${String(sessionId)}`);
    return (await response.json()) as StoredTranscript;
  }

  async function listed(label: string): Promise<{ sessionId: string; state: string }[]> {
    const response = await fetch(`${running.url}/transcription/sessions?label=${label}`);
    return ((await response.json()) as { sessions: { sessionId: string; state: string }[] }).sessions;
  }

  describe('typed clients', () => {
    it('get the words of a WAV file sent in chunks', async () => {
      expect(await connect().transcribe(sample('three-sentences.wav'))).toBe(
        transcriptOf('three-sentences.wav'),
      );
    });

    it('get Korean words from the Korean model', async () => {
      const text = await connect().transcribe(sample('ko-conversation-20s.wav'), { language: 'ko' });

      expect(text).toBe(transcriptOf('ko-conversation-20s.wav'));
    });

    it.each([
      ['WebM of a pipe', 'three-sentences.live.webm'],
      ['WebM of Chromium', 'three-sentences.chromium.webm'],
      ['Ogg', 'three-sentences.ogg'],
    ])('get the words of %s', async (_format, file) => {
      expect(await connect().transcribe(recording(file), {}, 700)).toBe(transcriptOf('three-sentences.wav'));
    });

    it('get the words of declared raw PCM at 16 kHz', async () => {
      const pcm = sample('digits.wav').subarray(44);

      const text = await connect().transcribe(pcm, { format: { codec: 's16le', sampleRate: 16_000 } });

      expect(text).toBe(transcriptOf('digits.wav'));
    });

    it('hear numbered finals in order, with times in the audio', async () => {
      const client = connect();
      await client.transcribe(sample('three-sentences.wav'));

      expect(client.finals.map(({ eventId }) => eventId)).toEqual([1, 2, 3]);
      for (const { start, end } of client.finals) expect(start).toBeLessThan(end);
    });

    it('can run a second session on the same socket', async () => {
      const client = connect();
      await client.transcribe(sample('hello-world.wav'));
      await client.transcribe(sample('digits.wav'));

      expect(client.finals.map(({ text }) => text)).toEqual([
        transcriptOf('hello-world.wav'),
        transcriptOf('digits.wav'),
      ]);
    });

    it('are told of silence that it was silence', async () => {
      expect(await connect().transcribe(sample('silence.wav'))).toBe('');
    });
  });

  describe('original clients', () => {
    it.each([
      ['Buffers', (chunk: Uint8Array): unknown => chunk],
      ['base64 text', (chunk: Uint8Array): unknown => Buffer.from(chunk).toString('base64')],
    ])('get transitionResult for recorder chunks sent as %s', async (_form, encode) => {
      const client = connect();
      await client.connected();
      for (const chunk of chunksOf(recording('three-sentences.chromium.webm'), 1_000)) {
        client.socket.emit('transcription', encode(chunk) as string);
      }

      const heard = await client.hears(3);

      expect(heard.join(' ')).toBe(transcriptOf('three-sentences.wav'));
      expect(client.finals).toEqual([]);
    });

    it('find what they said under their label when they stopped in the middle', async () => {
      const client = connect();
      await client.connected();
      client.socket.emit('lectureId', 'lecture-7');
      for (const chunk of chunksOf(recording('three-sentences.live.webm'), 1_000))
        client.socket.emit('transcription', chunk);
      await client.hears(1);

      client.close();

      await waitFor(
        async () => (await listed('lecture-7'))[0]?.state === 'ended',
        'the session to be finished',
      );
      const [{ sessionId } = { sessionId: '' }] = await listed('lecture-7');
      expect((await read(sessionId)).text).toBe(transcriptOf('three-sentences.wav'));
    });
  });

  describe('the transcript', () => {
    it('can be read after the session, with its times', async () => {
      const client = connect();
      const { sessionId } = await client.start({ label: 'meeting' });
      const done = client.next('session:done');
      await client.audio(sample('hello-world.wav'));
      await client.ask('session:end', {});
      await done;

      const transcript = await read(sessionId);

      expect(transcript).toMatchObject({
        state: 'ended',
        label: 'meeting',
        text: 'Hello world.',
        durationMs: 1_800,
      });
      expect(transcript.finals).toHaveLength(1);
    });

    it('is complete although the client left and did not come back', async () => {
      const client = connect();
      const { sessionId } = await client.start();
      await client.audio(sample('open-the-red-door.wav').subarray(0, 64_000));

      client.close();

      await waitFor(async () => (await read(sessionId)).state === 'ended', 'the session to be finished');
      expect((await read(sessionId)).text).toBe(transcriptOf('open-the-red-door.wav'));
    });

    it('of an unknown session is 404', async () => {
      const response = await fetch(`${running.url}/transcription/sessions/nobody`);

      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    });
  });

  describe('isolation', () => {
    it('keeps the words of simultaneous sessions apart', async () => {
      const clips = [
        'digits.wav',
        'hello-world.wav',
        'today-is-monday.wav',
        'stop-the-music.wav',
        'what-is-the-time.wav',
      ];

      const texts = await Promise.all(clips.map((clip) => connect().transcribe(sample(clip))));

      expect(texts).toEqual(clips.map(transcriptOf));
    });

    it('serves others while one client sends garbage', async () => {
      const garbage = connect();
      const spoilt = garbage.start().then(() => garbage.audio(Buffer.alloc(5_000, 0x55)));

      expect(await connect().transcribe(sample('digits.wav'))).toBe(transcriptOf('digits.wav'));
      await spoilt;
    });
  });

  it('passes the voice detection that a session asks for on to the worker', async () => {
    const heard = await Promise.all(
      [50, 2_000].map((minSpeechMs) =>
        connect().transcribe(sample('hello-world.wav'), { vad: { minSpeechMs } }),
      ),
    );

    expect(heard).toEqual([transcriptOf('hello-world.wav'), '']);
  });

  describe('bad input', () => {
    it.each<[string, string, unknown[], { code: string; param?: string }]>([
      ['a start without a version', 'session:start', [{}], { code: 'bad_request', param: 'v' }],
      ['a start that is text', 'session:start', ['hello'], { code: 'bad_request', param: 'body' }],
      [
        'an unknown codec',
        'session:start',
        [{ v: 1, format: { codec: 'amr' } }],
        { code: 'bad_request', param: 'format.codec' },
      ],
      [
        'a threshold that nothing passes',
        'session:start',
        [{ v: 1, vad: { threshold: 1 } }],
        { code: 'bad_request', param: 'vad.threshold' },
      ],
      [
        'PCM without a rate',
        'session:start',
        [{ v: 1, format: { codec: 's16le' } }],
        { code: 'bad_request' },
      ],
      [
        'a language of no model',
        'session:start',
        [{ v: 1, language: 'xx' }],
        { code: 'bad_request', param: 'language' },
      ],
      ['an unknown option', 'session:start', [{ v: 1, volume: 1 }], { code: 'bad_request', param: 'volume' }],
      [
        'an unknown option of the format',
        'session:start',
        [{ v: 1, format: { codec: 'auto', bits: 16 } }],
        { code: 'bad_request', param: 'format.bits' },
      ],
      [
        'a resume without its token',
        'session:start',
        [{ v: 1, resume: { sessionId: 's' } }],
        { code: 'bad_request', param: 'resume.token' },
      ],
      ['a start without options', 'session:start', [], { code: 'bad_request', param: 'body' }],
      [
        'audio with a negative number',
        'audio',
        [{ seq: -1 }, Buffer.alloc(2)],
        { code: 'bad_request', param: 'seq' },
      ],
      [
        'audio with half a number',
        'audio',
        [{ seq: 1.5 }, Buffer.alloc(2)],
        { code: 'bad_request', param: 'seq' },
      ],
      [
        'audio whose number is none',
        'audio',
        [{ seq: NaN }, Buffer.alloc(2)],
        { code: 'bad_request', param: 'seq' },
      ],
      [
        'audio with a number in words',
        'audio',
        [{ seq: '1' }, Buffer.alloc(2)],
        { code: 'bad_request', param: 'seq' },
      ],
      [
        'audio with a number beyond counting',
        'audio',
        [{ seq: 2 ** 60 }, Buffer.alloc(2)],
        { code: 'bad_request', param: 'seq' },
      ],
      ['audio without bytes', 'audio', [{ seq: 1 }], { code: 'bad_request', param: 'audio' }],
      ['audio with its arguments swapped', 'audio', [Buffer.alloc(2), { seq: 1 }], { code: 'bad_request' }],
      ['nothing as audio', 'audio', [], { code: 'bad_request' }],
      ['an end at no number', 'session:end', [{ lastSeq: NaN }], { code: 'bad_request', param: 'lastSeq' }],
      [
        'an end before the beginning',
        'session:end',
        [{ lastSeq: -1 }],
        { code: 'bad_request', param: 'lastSeq' },
      ],
      ['audio before a start', 'audio', [{ seq: 1 }, Buffer.alloc(10)], { code: 'not_found' }],
      ['audio without a number', 'audio', [{}, Buffer.alloc(10)], { code: 'bad_request', param: 'seq' }],
      ['an end without a session', 'session:end', [{}], { code: 'not_found' }],
    ])('%s is refused', async (_what, event, args, expected) => {
      const answer = await connect().ask(event, ...args);

      expect(answer).toMatchObject({ ok: false, retryable: false, ...expected });
    });

    it('a gap in the numbers names the chunk that was expected', async () => {
      const client = connect();
      await client.start();

      const answer = await client.ask('audio', { seq: 3 }, Buffer.alloc(10));

      expect(answer).toMatchObject({ ok: false, code: 'seq_gap', expected: 1 });
    });

    it('a repeated chunk is acknowledged again and heard once', async () => {
      const client = connect();
      await client.start({ format: { codec: 's16le', sampleRate: 16_000 } });
      const done = client.next('session:done');
      const pcm = sample('hello-world.wav').subarray(44);
      await client.ask('audio', { seq: 1 }, pcm);

      expect(await client.ask('audio', { seq: 1 }, pcm)).toMatchObject({ ok: true, received: 1 });
      await client.ask('session:end', {});

      expect(await done).toMatchObject({ samples: pcm.length / 2 });
    });

    it('audio behind the end of a session is refused, and the end can be asked for twice', async () => {
      const client = connect();
      await client.start({ format: { codec: 's16le', sampleRate: 16_000 } });
      const done = client.next('session:done');
      await client.audio(Buffer.alloc(3_200));
      const ends = await Promise.all([client.ask('session:end', {}), client.ask('session:end', {})]);

      expect(ends).toMatchObject([{ ok: true }, { ok: true }]);
      const late = await client.audio(Buffer.alloc(3_200));
      expect(late).toMatchObject({ ok: false, retryable: false });
      expect(['bad_request', 'not_found']).toContain(late.code);
      await done;
      expect(await client.ask('session:end', {})).toMatchObject({ ok: false, code: 'not_found' });
    });

    it('an empty chunk is harmless', async () => {
      const client = connect();
      await client.start();
      const done = client.next('session:done');

      expect(await client.audio(Buffer.alloc(0))).toMatchObject({ ok: true });
      await client.ask('session:end', {});

      expect(await done).toMatchObject({ samples: 0, finals: 0 });
    });

    it('audio that is not audio ends the session with its reason', async () => {
      const client = connect();
      await client.start();
      const failed = client.next('session:error');

      await client.audio(Buffer.from('this is not audio, whatever the extension says'));

      expect(await failed).toMatchObject({ code: 'unsupported_audio', retryable: false });
    });

    it('original audio that is not base64 is told as an error event', async () => {
      const client = connect();
      await client.connected();
      const failed = client.next('session:error');

      client.socket.emit('transcription', '!!!');

      expect(await failed).toMatchObject({ code: 'bad_request', param: 'audio' });
    });

    it('a client that leaves at any stage leaves nothing behind', async () => {
      const stages: ((client: CaptionClient) => unknown)[] = [
        (client) => client.connected(),
        (client) =>
          client.connected().then(() => void client.socket.emit('session:start', { v: 1 } as never)),
        (client) => client.start(),
        (client) => client.start().then(() => client.audio(sample('digits.wav').subarray(0, 20_000))),
        (client) => client.start().then(() => client.ask('session:end', {})),
      ];
      for (const stage of stages) {
        const client = connect();
        await stage(client);
        client.close();
      }
      const service = running.app.get(TranscriptionService);
      await waitFor(() => service.liveSessions === 0, 'all sessions to be over');

      expect(service.liveSessions).toBe(0);
    });
  });

  it('loses no word when the worker is killed in mid-sentence', async () => {
    const client = connect();
    const { sessionId } = await client.start();
    const done = client.next('session:done');
    const [first, ...rest] = chunksOf(sample('conversation-30s.wav'), 100_000);
    await client.audio(first!);
    const failover = client.next('session:state');
    process.kill(running.app.get<EmbeddedWorker>(WORKER_POOL).pid!, 'SIGKILL');
    expect(await failover).toEqual({ sessionId, state: 'failover' });
    for (const chunk of rest) await client.audio(chunk);
    await client.ask('session:end', {});

    await done;

    expect(client.text).toBe(transcriptOf('conversation-30s.wav'));
  });
});
