import { describe, expect, it } from '@jest/globals';
import { seededRandom, testSeed } from '../support/random.js';
import { codedSentences, codedSpeech, heard, joined, upTo } from '../support/coded-speech.js';
import type { Answer } from '../support/socket-client.js';
import { SpeakingClient } from '../support/speaking-client.js';
import { wavFile } from '../support/wav-file.js';
import { waitFor } from '../support/wait-for.js';
import { useTranscription } from '../support/start-transcription.js';

const WORDS = 20;
const SEED = testSeed();

describe('sessions and their connections, with words that are numbers', () => {
  const gateway = useTranscription<SpeakingClient>(
    { WHISPER_INTERIM_MS: '100' },
    {
      TRANSCRIPTION_RESUME_MS: '2000',
    },
  );

  function speaker(space: number, words = WORDS, chunkSamples?: number): SpeakingClient {
    const samples = codedSentences(space, words);
    return gateway.add(new SpeakingClient(gateway.url, { samples, ...(chunkSamples && { chunkSamples }) }));
  }

  async function listener(speaker: SpeakingClient): Promise<SpeakingClient> {
    const other = gateway.add(new SpeakingClient(gateway.url, { samples: new Int16Array() }));
    Object.assign(other, { sessionId: speaker.sessionId, token: speaker.token, chunks: speaker.chunks });
    return other;
  }

  /** Somebody who speaks for 18 s without a pause, in many small chunks. */
  function breathless(space: number): SpeakingClient {
    return gateway.add(
      new SpeakingClient(gateway.url, { samples: codedSpeech(space, 1, 90), chunkSamples: 320 }),
    );
  }

  /** Speaks chunk by chunk until it is so; fails when everything was said in vain. */
  async function speakUntil(client: SpeakingClient, isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
      if (client.isSpoken) throw new Error('Everything was said, and it did not happen');
      await client.speak(1);
    }
  }

  it('hear every word once, however often the line is cut', async () => {
    const random = seededRandom(SEED);
    const speakers = [1, 2, 3].map((space) => speaker(space, WORDS, 1_000 + Math.floor(random() * 5_000)));
    for (const client of speakers) await client.start();
    await Promise.all(
      speakers.map(async (client) => {
        for (let cut = 0; cut < 4; cut += 1) {
          await client.speak(Math.floor(random() * 12));
          client.sendBlindly(Math.floor(random() * 4));
          client.cut();
          expect(await client.resume()).toMatchObject({ ok: true });
        }
        await client.finish();
      }),
    );

    for (const [index, client] of speakers.entries()) {
      expect(heard(client.text, index + 1)).toEqual({ numbers: upTo(WORDS), foreign: [] });
      expect(client.eventIds).toEqual(upTo(client.finals.length));
    }
  });

  it('get the finals they missed, and only those', async () => {
    const client = speaker(4);
    await client.start();
    await client.speak(20);
    await waitFor(() => client.finals.length >= 1, 'a final');
    client.cut();
    const seen = client.finals.length;
    const answer = await client.resume();

    expect(answer['lastEventId']).toBeGreaterThanOrEqual(seen);
    expect(heard(await client.finish(), 4).numbers).toEqual(upTo(WORDS));
    expect(client.eventIds).toEqual(upTo(client.finals.length));
  });

  it('are acknowledged again for a repetition and told what is missing after a gap', async () => {
    const client = speaker(5);
    await client.start();
    await client.speak(3);

    expect(await client.send(2)).toMatchObject({ ok: true, received: 3 });
    expect(await client.send(5)).toMatchObject({ ok: false, code: 'seq_gap', expected: 4 });
    expect(heard(await client.finish(), 5).numbers).toEqual(upTo(WORDS));
  });

  it('cannot be ended while chunks are missing', async () => {
    const client = speaker(6);
    await client.start();
    await client.speak(3);

    expect(await client.ask('session:end', { lastSeq: 5 })).toMatchObject({ code: 'seq_gap', expected: 4 });
    expect(heard(await client.finish(), 6).numbers).toEqual(upTo(WORDS));
  });

  it('are refused to whoever has not the token', async () => {
    const client = speaker(7);
    await client.start();
    const thief = await listener(client);
    thief.token = 'not the token';

    expect(await thief.resume()).toMatchObject({ ok: false, code: 'unauthorized', param: 'resume.token' });
    expect(heard(await client.finish(), 7).numbers).toEqual(upTo(WORDS));
  });

  it('are gone when nobody comes back in time, with every word stored', async () => {
    const client = speaker(8, 5);
    const { sessionId } = await client.start();
    await client.speak();
    client.cut();
    const path = `${gateway.url}/transcription/sessions/${String(sessionId)}`;
    await waitFor(
      async () => ((await (await fetch(path)).json()) as { state: string }).state === 'ended',
      'the end',
    );

    expect(heard(await (await fetch(`${path}?format=txt`)).text(), 8).numbers).toEqual(upTo(5));
    await waitFor(
      async () => (await client.resume()).code === 'resume_expired',
      'the session to be forgotten',
    );
  });

  it('belong to the newer of two connections that fight for them', async () => {
    const first = speaker(9);
    await first.start();
    const second = await listener(first);
    for (let round = 0; round < 3; round += 1) {
      await first.speak(4);
      await second.resume(0);
      expect(await first.send(first.nextSeq)).toMatchObject({ ok: false, code: 'superseded' });
      await second.speak(4);
      await first.resume();
      expect(await second.send(second.nextSeq)).toMatchObject({ ok: false, code: 'superseded' });
    }

    expect(heard(await first.finish(), 9).numbers).toEqual(upTo(WORDS));
    expect(first.eventIds).toEqual(upTo(first.finals.length));
    expect(second.errors.map(({ code }) => code)).toEqual(['superseded', 'superseded', 'superseded']);
  });

  it('tell their end again to a client that missed it', async () => {
    const client = speaker(10, 5);
    await client.start();
    await client.speak();
    await client.ask('session:end', {});
    client.cut();
    await client.resume();
    await client.isDone();

    expect(heard(client.text, 10).numbers).toEqual(upTo(5));
  });

  it('lose nothing when they are ended at any point', async () => {
    const random = seededRandom(SEED);
    for (let stop = 0; stop < 5; stop += 1) {
      const words = 1 + Math.floor(random() * 9);
      const samples = codedSpeech(11, 1, words).subarray(0, words * 3_200 - Math.floor(random() * 600));
      const client = gateway.add(new SpeakingClient(gateway.url, { samples, chunkSamples: 700 }));
      await client.start();

      expect(heard(await client.finish(), 11).numbers).toEqual(upTo(words));
      expect(client.done).toMatchObject({ samples: samples.length });
    }
  });

  it('name themselves in every event, also when the next one on the socket has begun', async () => {
    const client = speaker(30, 5);
    const events: [name: string, value: Record<string, unknown>][] = [];
    client.socket.onAny((name: string, value: Record<string, unknown>) => events.push([name, value]));
    const first = await client.start({ interim: true });
    await client.speak();
    const later = joined([codedSentences(31, 5), new Int16Array(16_000)]);
    const second = await client.start({ interim: true });
    const bytes = new Uint8Array(later.buffer);
    await client.ask('audio', { seq: 1 }, bytes);
    await client.ask('session:end', {});
    const isDone = ({ sessionId }: Answer): boolean =>
      events.some(([name, value]) => name === 'session:done' && value['sessionId'] === sessionId);
    await waitFor(() => isDone(first) && isDone(second), 'both to be done');

    for (const [, { sessionId }] of events) expect([first.sessionId, second.sessionId]).toContain(sessionId);
    const textOf = ({ sessionId }: Answer): string =>
      events
        .filter(([name, value]) => name === 'transcript:final' && value['sessionId'] === sessionId)
        .map(([, value]) => value['text'])
        .join(' ');
    expect(heard(textOf(first), 30)).toEqual({ numbers: upTo(5), foreign: [] });
    expect(heard(textOf(second), 31)).toEqual({ numbers: upTo(5), foreign: [] });
  });

  it('never hear a word of one another: 50 at once', async () => {
    const speakers = upTo(50).map((space) => speaker(space, 10));
    await Promise.all(speakers.map((client) => client.start().then(() => client.finish())));

    for (const [index, client] of speakers.entries())
      expect(heard(client.text, index + 1)).toEqual({ numbers: upTo(10), foreign: [] });
  });

  it.each(['s16le', 'wav'] as const)('say which chunks of %s need not be kept any more', async (codec) => {
    const client = speaker(13);
    if (codec === 'wav')
      client.chunks[0] = Buffer.concat([wavFile(new Int16Array(), 16_000), client.chunks[0]!]);
    await client.start({ format: { codec, sampleRate: 16_000 } });
    await client.speak();
    await waitFor(() => heard(client.text, 13).numbers.length === WORDS, 'all words');
    const last = await client.send(client.chunks.length);

    expect(last['received']).toBe(client.chunks.length);
    expect(last['durable']).toBeGreaterThan(client.chunks.length / 2);
    expect(last['credit']).toBeGreaterThan(0);
  });

  it('give interims to those who ask, growing and never taking back what is stable', async () => {
    const client = breathless(14);
    await client.start({ interim: true });
    await speakUntil(client, () => client.interims.length >= 2);
    const text = await client.finish();

    expect(heard(text, 14).numbers).toEqual(upTo(90));
    for (const [index, interim] of client.interims.entries()) {
      expect(heard(text, 14).numbers).toEqual(expect.arrayContaining(heard(interim.text, 14).numbers));
      const before = client.interims[index - 1];
      if (before?.utterance !== interim.utterance) continue;
      expect(interim.revision).toBeGreaterThan(before.revision);
      expect(interim.text.slice(0, before.stable)).toBe(before.text.slice(0, before.stable));
    }
  });

  it('give no interims to those who did not ask', async () => {
    const [asking, silent] = [breathless(18), breathless(19)];
    await asking.start({ interim: true });
    await silent.start();
    await speakUntil(asking, async () => {
      await silent.speak(1);
      return asking.interims.length > 0;
    });
    await Promise.all([asking.finish(), silent.finish()]);

    expect(silent.interims).toEqual([]);
  });

  it('give word times and the delay of each final to those who ask', async () => {
    const client = speaker(15, 5);
    await client.start({ words: true, language: 'auto' });
    await client.finish();

    expect(client.finals[0]!.words).toHaveLength(5);
    expect(client.finals[0]!.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it.each(['model', 'prompt', 'hotwords'])(
    'refuse the option %s, which no engine honours',
    async (option) => {
      const client = speaker(16, 1);

      expect(await client.start({ [option]: 'x' })).toMatchObject({
        ok: false,
        code: 'bad_request',
        param: option,
      });
    },
  );

  describe('their transcripts', () => {
    it('can be read while the session lives, as far as it has come', async () => {
      const client = speaker(20, 10);
      const { sessionId } = await client.start({ label: 'now' });
      const path = `${gateway.url}/transcription/sessions`;
      await client.speak(client.chunks.length / 2);
      await waitFor(() => client.finals.length >= 1, 'a final');

      const { sessions } = (await (await fetch(`${path}?label=now`)).json()) as { sessions: unknown[] };
      const live = await (await fetch(`${path}/${String(sessionId)}`)).json();
      expect(live).toMatchObject({ state: 'live', samples: null, durationMs: null, endedAt: null });
      expect(heard((live as { text: string }).text, 20).numbers).toEqual(upTo(5));
      expect(sessions).toMatchObject([{ sessionId, label: 'now', state: 'live', finalCount: 1 }]);
      expect(await (await fetch(`${path}/${String(sessionId)}?format=srt`)).text()).toContain('20:5');

      await client.finish();
      const ended = await (await fetch(`${path}/${String(sessionId)}`)).json();
      expect(ended).toMatchObject({ state: 'ended', text: client.text, samples: client.done!.samples });
    });

    it.each([
      ['txt', 'text/plain; charset=utf-8', /^17:1 17:2 17:3\n$/],
      [
        'srt',
        'application/x-subrip; charset=utf-8',
        /^1\n00:00:00,\d{3} --> 00:00:0[01],\d{3}\n17:1 17:2 17:3\n$/,
      ],
      [
        'vtt',
        'text/vtt; charset=utf-8',
        /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0[01]\.\d{3}\n17:1 17:2 17:3\n$/,
      ],
      ['json', 'application/json; charset=utf-8', /"text":"17:1 17:2 17:3"/],
    ])('can be read as %s, by name and by media type', async (format, type, expected) => {
      const client = speaker(17, 3);
      const { sessionId } = await client.start();
      await client.finish();
      const path = `${gateway.url}/transcription/sessions/${String(sessionId)}`;
      const named = await fetch(`${path}?format=${format}`);
      const accepted = await fetch(path, { headers: { Accept: type.split(';')[0]! } });

      expect(named.headers.get('content-type')).toBe(type);
      expect(await named.text()).toMatch(expected);
      expect(await accepted.text()).toMatch(expected);
    });

    it('are listed page by page, without their words', async () => {
      const ids = new Set<unknown>();
      for (let count = 0; count < 5; count += 1) {
        const client = speaker(40 + count, 1);
        ids.add((await client.start({ label: 'pages' })).sessionId);
        await client.finish();
      }
      const path = `${gateway.url}/transcription/sessions?label=pages&limit=2`;
      const listed: unknown[] = [];
      for (let next: string | null = ''; next !== null;) {
        const response = await fetch(`${path}${next === '' ? '' : `&after=${next}`}`);
        const page = (await response.json()) as {
          sessions: Record<string, unknown>[];
          next: string | null;
        };
        expect(page.sessions.length).toBeLessThanOrEqual(2);
        listed.push(...page.sessions.map(({ sessionId }) => sessionId));
        for (const session of page.sessions) expect(Object.keys(session)).not.toContain('finals');
        ({ next } = page);
      }

      expect(listed).toHaveLength(ids.size);
      expect(new Set(listed)).toEqual(ids);
    });

    it.each([
      ['limit', 'limit=0'],
      ['limit', 'limit=100000'],
      ['limit', 'limit=many'],
      ['after', 'after=nonsense'],
      ['after', 'after=bm9uc2Vuc2UgaWQ'],
    ])('are not listed for a wrong %s: %s', async (param, query) => {
      const response = await fetch(`${gateway.url}/transcription/sessions?${query}`);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param } });
    });

    it('are refused in a format that is none', async () => {
      const response = await fetch(`${gateway.url}/transcription/sessions/any?format=pdf`);

      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'bad_request', param: 'format' } });
    });
  });
});
