import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { FinalTranscript, SessionStart } from '../../src/transcription/events.js';
import { mixed, noise } from '../support/noise-corpus.js';
import { Random, testSeed } from '../support/random.js';
import { atRecorderPace } from '../support/recorder-pace.js';
import { CaptionClient, chunksOf } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { humanClip, humanRecording, humanWords } from '../support/wav.js';
import { wavFile } from '../support/wav-file.js';
import { wordErrors, wordsOf } from '../support/word-error-rate.js';

const RATE = 16_000;

/** Where Whisper base hears something else than was said, by clip: what it hears, and what was said. */
const HEARD_OTHERWISE: Record<string, readonly [heard: string, said: string]> = {
  'goforward.wav': ['10', 'ten'],
  // Its reader swallows the first syllable.
  'austen-0880.wav': ['ill sposed', 'ill disposed'],
};

/** The words that were heard, with those that were said where they are known to differ. */
function corrected(text: string, clip: string): string {
  const [heard, said] = HEARD_OTHERWISE[clip] ?? ['', ''];
  return wordsOf(text).join(' ').replace(heard, said);
}

const wordsIn = (clip: string): string => wordsOf(humanWords()[clip]!).join(' ');

function join(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** A real model: far more than it takes, as machines are shared. */
jest.setTimeout(300_000);

/** From the recording that a client sends to the words that it gets, with the model that the product starts with. */
describe('Recordings of human speech, sent to the product', () => {
  let app: RunningApp;
  let client: CaptionClient;

  beforeAll(async () => {
    app = await startApp({
      FEATURES: 'transcription',
      WHISPER_MODEL: 'whisper-base',
      WHISPER_LANES: '1',
      // One client after the other here, and some stay a moment.
      TRANSCRIPTION_RESUME_MS: '100',
    });
  });

  afterEach(() => client.close());

  afterAll(() => app.close());

  /** Faster than real time: as fast as the product takes it. */
  async function hear(
    recording: Uint8Array,
    start: Partial<SessionStart> = {},
  ): Promise<readonly FinalTranscript[]> {
    client = new CaptionClient(app.url);
    await client.transcribe(recording, start);
    return client.finals;
  }

  const languagesOf = (finals: readonly FinalTranscript[]): Set<string> =>
    new Set(finals.map(({ language }) => language));

  it.each(Object.keys(humanWords()))('are captioned word for word as WebM: %s', async (clip) => {
    await hear(humanRecording(`recordings/${clip.replace('.wav', '.webm')}`));
    expect(corrected(client.text, clip)).toBe(wordsIn(clip));
  });

  it('are captioned as a recorder sends them, but for a word that a caption has promised', async () => {
    client = new CaptionClient(app.url);
    await client.start({ interim: true });
    const done = client.next('session:done');
    // 760 bytes are a quarter of a second.
    for await (const chunk of atRecorderPace(chunksOf(humanRecording('recordings/jfk.webm'), 760), 250)) {
      await client.audio(chunk);
    }
    await client.ask('session:end', {});
    await done;
    expect(wordErrors(wordsOf(humanWords()['jfk.wav']!), wordsOf(client.text))).toBeLessThanOrEqual(1);
  });

  it('keep all words but two from a telephone, which carries little of an s: mu-law at 8 kHz', async () => {
    await hear(humanRecording('recordings/jfk.mulaw.wav'));
    expect(wordErrors(wordsOf(humanWords()['jfk.wav']!), wordsOf(client.text))).toBeLessThanOrEqual(2);
  });

  it('are captioned word for word in an utterance of 18 s', async () => {
    const clips = ['austen-0870.wav', 'austen-0890.wav', 'austen-0920.wav'];
    const speech = join(...clips.map(humanClip));
    const finals = await hear(wavFile(speech, RATE), { vad: { silenceMs: 3_000 } });
    expect(finals).toHaveLength(1);
    expect(finals[0]!.end - finals[0]!.start).toBeGreaterThan(18 * RATE);
    expect(wordsOf(client.text).join(' ')).toBe(clips.map(wordsIn).join(' '));
  });

  it.each(['band', 'chords'] as const)('keep most of their words under music: %s', async (kind) => {
    const speech = humanClip('austen-0870.wav');
    const music = noise(kind, speech.length, new Random(testSeed()));
    await hear(wavFile(mixed(speech, music, 10), RATE));
    const errors = wordErrors(wordsOf(humanWords()['austen-0870.wav']!), wordsOf(client.text));
    expect(errors).toBeLessThanOrEqual(2);
  });

  it('have word times that go forward, inside the final and the recording', async () => {
    const finals = await hear(humanRecording('goforward.wav'), { words: true });
    expect(finals.length).toBeGreaterThan(0);
    for (const { text, start, end, words } of finals) {
      expect(words?.map(({ word }) => word).join(' ')).toBe(text);
      const times = words!.flatMap((word) => [word.start, word.end]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(start);
      expect(times.at(-1)).toBeLessThanOrEqual(Math.min(end, humanClip('goforward.wav').length));
    }
  });

  it.each([
    ['austen-0930.wav', 'en', /./],
    ['other-languages/dictee.fr.wav', 'fr', /^et c est la dictée numéro (1|un)$/],
    // Made with espeak-ng.
    ['other-languages/zug.de.wav', 'de', /./],
  ])('have their language detected, and are captioned in it: %s', async (clip, language, words) => {
    const finals = await hear(humanRecording(clip), { language: 'auto' });
    expect(languagesOf(finals)).toEqual(new Set([language]));
    expect(wordsOf(client.text).join(' ')).toMatch(words);
  });

  it('stay in the language of their first words when the speaker changes it', async () => {
    const pause = new Int16Array(2 * RATE);
    const english = humanClip('austen-0930.wav');
    const speech = join(english, pause, humanClip('other-languages/dictee.fr.wav'), pause);
    const finals = await hear(wavFile(speech, RATE), { language: 'auto' });
    expect(finals.at(-1)!.end).toBeGreaterThan(english.length + pause.length);
    expect(languagesOf(finals)).toEqual(new Set(['en']));
  });

  it('are translated to English', async () => {
    const finals = await hear(humanRecording('other-languages/zug.de.wav'), {
      language: 'auto',
      task: 'translate',
    });
    expect(client.text).toMatch(/^Good morning.*train to Berlin.*friend/);
    expect(languagesOf(finals)).toEqual(new Set(['de']));
  });
});
