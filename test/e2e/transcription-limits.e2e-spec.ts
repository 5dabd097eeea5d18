import { describe, expect, it } from '@jest/globals';
import ioV2 from 'socket.io-client-v2';
import { LOCAL_CALLER } from '../../src/auth/caller.js';
import { TranscriptionService } from '../../src/transcription/transcription.service.js';
import { codedSentences, codedSpeech, heard, upTo } from '../support/coded-speech.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { waitFor } from '../support/wait-for.js';
import { wavFile } from '../support/wav-file.js';
import { useTranscription } from '../support/start-transcription.js';

const WORDS = 10;
/** What fits into an inbox at once. */
const FEW_WORDS = 4;

describe('live transcription with one place at the workers, a short queue and small inboxes', () => {
  const gateway = useTranscription<{ close(): void }>(
    { WHISPER_MAX_SESSIONS: '1' },
    {
      TRANSCRIPTION_RESUME_MS: '200',
      TRANSCRIPTION_STALL_MS: '2000',
      TRANSCRIPTION_QUEUE_LIMIT: '2',
      TRANSCRIPTION_MAX_PER_CALLER: '4',
      TRANSCRIPTION_INBOX_BYTES: '64000',
      TRANSCRIPTION_MAX_CHUNK_BYTES: '60000',
      CORS_ORIGINS: 'https://app.example',
    },
  );

  function speaker(space: number): SpeakingClient {
    return gateway.add(new SpeakingClient(gateway.url, { samples: codedSentences(space, WORDS) }));
  }

  it('lets a second session wait, tells it its place, takes its audio and transcribes it when its turn has come', async () => {
    const [first, second, third] = [speaker(1), speaker(2), speaker(3)];
    await first.start();
    expect(await second.start()).toMatchObject({ ok: true, queued: { position: 1 } });
    expect(await third.start()).toMatchObject({ ok: true, queued: { position: 2 } });
    await second.speak(4);

    await first.finish();
    await waitFor(
      () =>
        third.events.some(
          ([name, value]) => name === 'session:queued' && (value as { position: number }).position === 1,
        ),
      'the third session to move up',
    );

    expect(heard(await second.finish(), 2)).toEqual({ numbers: upTo(WORDS), foreign: [] });
    expect(heard(await third.finish(), 3)).toEqual({ numbers: upTo(WORDS), foreign: [] });
  });

  it('refuses who finds the queue full, and says when to come again', async () => {
    const waiting = [speaker(1), speaker(2), speaker(3)];
    for (const client of waiting) expect(await client.start()).toMatchObject({ ok: true });

    const answer = await speaker(4).start();

    expect(answer).toMatchObject({ ok: false, code: 'overloaded', retryable: true });
    expect(answer.retryAfterMs).toBeGreaterThan(0);
    for (const client of waiting) await client.ask('session:end', {});
  });

  it('refuses a caller who has enough sessions', async () => {
    const service = gateway.app.get(TranscriptionService);
    const open = Array.from({ length: 4 }, () =>
      service.open(
        { caller: LOCAL_CALLER, format: { codec: 'auto' }, options: {}, isResumable: true },
        () => SILENT,
      ),
    );
    for (const { ready } of open) ready.catch(() => undefined);

    expect(await speaker(5).start()).toMatchObject({ ok: false, code: 'rate_limited', retryAfterMs: 1_000 });
    for (const { session } of open) session.end();
  });

  it('tells a client that is too fast to slow down, refuses what does not fit, and loses nothing of what it took', async () => {
    const [first, second] = [speaker(1), speaker(2)];
    await first.start();
    await second.start();
    for (let seq = 1; seq <= 8; seq += 1) await second.send(seq);

    expect(await second.send(9)).toMatchObject({ ok: false, code: 'rate_limited', retryable: true });
    const flow = second.events.filter(([name]) => name === 'session:flow').map(([, value]) => value);
    expect(flow).toMatchObject([{ state: 'slow' }, { state: 'stop', credit: 8_000 }]);

    await first.finish();
    second.nextSeq = 9;
    expect(heard(await second.finish(), 2).numbers).toEqual(upTo(WORDS));
    expect(second.events.filter(([name]) => name === 'session:flow').at(-1)).toMatchObject([
      'session:flow',
      { state: 'ok' },
    ]);
  });

  it('refuses a chunk that is too large', async () => {
    const client = speaker(1);
    await client.start();

    expect(await client.ask('audio', { seq: 1 }, new Uint8Array(60_001))).toMatchObject({
      code: 'too_large',
    });
  });

  it('marks what an original client loses, who cannot send it again', async () => {
    const first = speaker(1);
    await first.start();
    const client = gateway.add(new CaptionClient(gateway.url));
    await client.connected();
    client.socket.emit('lectureId', 'too fast');
    const refused = client.next('session:error');
    for (const chunk of chunksOf(wavFile(new Int16Array(48_000 - 22), 16_000), 16_000))
      client.socket.emit('transcription', chunk);

    expect(await refused).toMatchObject({ code: 'rate_limited' });
    await first.finish();
    let sessions: unknown[] = [];
    await waitFor(async () => {
      const response = await fetch(`${gateway.url}/transcription/sessions?label=too%20fast`);
      ({ sessions } = (await response.json()) as { sessions: unknown[] });
      return sessions.length > 0;
    }, 'its turn at the worker');
    expect(sessions).toMatchObject([{ missingBytes: 32_000 }]);
  });

  it('leaves no word open when the recorder pauses', async () => {
    const client = gateway.add(new SpeakingClient(gateway.url, { samples: codedSpeech(12, 1, 3) }));
    await client.start();
    await client.speak();

    await waitFor(() => heard(client.text, 12).numbers.length >= 3, 'the words before the pause');
    expect(heard(client.text, 12)).toEqual({ numbers: upTo(3), foreign: [] });
  });

  it('hears a client that can only poll', async () => {
    const client = gateway.add(new CaptionClient(gateway.url, { transports: ['polling'] }));

    const text = await client.transcribe(wavFile(codedSentences(20, WORDS), 16_000), {}, 8_000);

    expect(heard(text, 20).numbers).toEqual(upTo(WORDS));
  });

  it.each([['websocket'], ['polling']])('hears a client of Socket.io 2 over %s', async (transport) => {
    const socket = gateway.add(
      ioV2(gateway.url, { transports: [transport], forceNew: true, reconnection: false }),
    );
    const texts: string[] = [];
    socket.on('transitionResult', (text: string) => texts.push(text));
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    for (const chunk of chunksOf(wavFile(codedSentences(21, FEW_WORDS), 16_000), 8_000))
      socket.emit('transcription', Buffer.from(chunk).toString('base64'));

    await waitFor(() => heard(texts.join(' '), 21).numbers.length >= FEW_WORDS, 'all words');
    expect(heard(texts.join(' '), 21).numbers).toEqual(upTo(FEW_WORDS));
  });

  it.each([
    ['a listed page may connect, with credentials', 'https://app.example', 200],
    ['a foreign page may not', 'https://evil.example', 403],
  ])('%s', async (_what, origin, status) => {
    const response = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling`, {
      headers: { Origin: origin },
    });

    expect(response.status).toBe(status);
    if (status !== 200) return;
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
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
