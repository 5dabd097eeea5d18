import type { Engine } from '../../src/whisper-worker/engine.js';
import { findModel } from '../../src/whisper-worker/engines/sherpa/model-folder.js';
import { SherpaEngine } from '../../src/whisper-worker/engines/sherpa/sherpa-engine.js';
import { codedSentences, codedSpeech, heard, joined, upTo } from './coded-speech.js';
import type { Random } from './random.js';
import { sampleClip, toFloat, transcripts } from './wav.js';
import { wordErrors, wordsOf } from './word-error-rate.js';
import { WorkerClient } from './worker-client.js';
import { SIXTY_WORDS } from './sixty-words.js';

/** The worker's claims as functions of their size: short in the e2e tests, long in the soak. */

export interface SpokenClip {
  text: string;
  language: string;
  samples: Int16Array;
}

/** Every clip of a language, one utterance each. */
export function sampleUtterances(language: 'en' | 'ko'): SpokenClip[] {
  const file = language === 'en' ? 'transcripts.json' : 'transcripts-ko.json';
  return Object.entries(transcripts(file)).flatMap(([name, { segments }]) => {
    const clip = sampleClip(name);
    return segments.map(({ start, end, text }) => ({
      text,
      language,
      samples: clip.subarray(
        Math.max(0, Math.round((start - 0.2) * 16_000)),
        Math.round((end + 0.2) * 16_000),
      ),
    }));
  });
}

export interface ErrorRates {
  words: number;
  /** Decoded one by one. */
  offline: number;
  /** Streamed as one session. */
  streaming: number;
}

/** Word errors of utterances decoded one by one, and streamed with pauses in a faint hiss. */
export async function errorRates(port: number, clips: SpokenClip[], random: Random): Promise<ErrorRates> {
  const engine: Engine = new SherpaEngine(findModel(SIXTY_WORDS, ''));
  const never = new AbortController().signal;
  const { language } = clips[0]!;
  const rates = { words: 0, offline: 0, streaming: 0 };
  const expected: string[] = [];
  for (const { text, samples } of clips) {
    const request = {
      samples: toFloat(padded(samples)),
      language,
      task: 'transcribe',
      words: false,
    } as const;
    const decoded = await engine.decode(request, never);
    rates.offline += wordErrors(wordsOf(text), wordsOf(decoded.text));
    expected.push(...wordsOf(text));
  }
  await engine.close();
  const client = await WorkerClient.open(port, { options: { language } });
  client.send(hissing(joined(clips.flatMap(({ samples }) => [pause(random), samples])), random));
  client.send(pause(random));
  await client.end();
  rates.words = expected.length;
  rates.streaming = wordErrors(expected, wordsOf(client.text));
  return rates;
}

function padded(samples: Int16Array): Int16Array {
  return joined([new Int16Array(3_200), samples, new Int16Array(3_200)]);
}

function pause(random: Random): Int16Array {
  return new Int16Array(random.integer(12_000, 20_000));
}

function hissing(samples: Int16Array, random: Random): Int16Array {
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, sample + random.integer(-6, 6))));
}

export interface StopResult {
  sent: number;
  committed: number;
  /** The first place where finals and commits leave a gap, overlap or go back. */
  flaw: string | undefined;
  missing: number[];
}

/** Sends words in sentences of random length, stops at a random sample, and checks what was covered. */
export async function stopAnywhere(port: number, random: Random): Promise<StopResult> {
  const parts: Int16Array[] = [];
  let words = 0;
  let complete = 0;
  const starts: number[] = [];
  let length = 0;
  const sentences = random.integer(1, 4);
  for (let i = 0; i < sentences; i += 1) {
    const count = random.integer(1, 6);
    const speech = codedSpeech(9, words + 1, words + count);
    for (let word = 0; word < count; word += 1) starts.push(length + word * 3_200);
    const gap = new Int16Array(random.integer(0, 24_000));
    parts.push(speech, gap);
    length += speech.length + gap.length;
    words += count;
  }
  const sent = random.integer(0, length);
  // A word counts from its last tone on: 160 ms of it.
  complete = starts.filter((start) => start + 2_560 <= sent).length;
  const client = await WorkerClient.open(port);
  // Small frames, but no flood of them.
  client.send(joined(parts).subarray(0, sent), random.integer(64, 8_000));
  const { commit } = await client.end();
  const { numbers } = heard(client.text, 9);
  return {
    sent,
    committed: commit,
    flaw: flawOf(client, sent),
    missing: upTo(complete).filter((number) => !numbers.includes(number)),
  };
}

/** Finals cover `[start, end)`, commits what lies between; together everything, once. */
function flawOf(client: WorkerClient, sent: number): string | undefined {
  let covered = 0;
  for (const message of client.messages) {
    if (message.type === 'final') {
      if (message.start < covered) return `final at ${message.start} overlaps ${covered}`;
      if (message.commit !== message.end) return `final commits ${message.commit}, ends at ${message.end}`;
      covered = message.commit;
    } else if (message.type === 'commit') {
      if (message.commit <= covered) return `commit goes from ${covered} to ${message.commit}`;
      covered = message.commit;
    }
  }
  return covered === sent ? undefined : `covered ${covered} of ${sent}`;
}

/** Runs many sessions at once, each with words of its own. Gives those that heard anything but exactly their words. */
export async function isolationFlaws(
  port: number,
  sessions: number,
  words: number,
  random: Random,
): Promise<string[]> {
  const flaws = await Promise.all(
    Array.from({ length: sessions }, async (_, space) => {
      const client = await WorkerClient.open(port, {
        sessionId: `s${space}`,
        options: { interim: space % 2 === 0 },
      });
      for (let from = 1; from <= words;) {
        const to = Math.min(words, from + random.integer(0, 6));
        client.send(joined([codedSpeech(space, from, to), new Int16Array(random.integer(9_600, 16_000))]));
        await new Promise(setImmediate);
        from = to + 1;
      }
      await client.end();
      const { numbers, foreign } = heard(client.text, space);
      const isExact = foreign.length === 0 && numbers.join() === upTo(words).join();
      return isExact ? [] : [`session ${space} heard ${client.text}`];
    }),
  );
  return flaws.flat();
}

export interface OverloadOutcomes {
  accepted: number;
  refused: number;
  /** What accepted sessions heard where it was not exactly their words, and closes other than 4429 with a wait. */
  flaws: string[];
}

/**
 * `sessions` come at once to a worker that can serve a fraction of them. Who is accepted speaks at once, much faster than real
 * time, and leaves when the last one has its answer: never are more open than were accepted.
 */
export async function overloadOutcomes(
  port: number,
  sessions: number,
  words: number,
): Promise<OverloadOutcomes> {
  const outcomes: OverloadOutcomes = { accepted: 0, refused: 0, flaws: [] };
  const opened = await Promise.all(
    Array.from({ length: sessions }, async (_, space) => {
      const client = await WorkerClient.connect(port);
      client.hello({ sessionId: `s${space}` });
      const isAccepted = await client.next('ready').then(
        () => true,
        () => false,
      );
      if (isAccepted) client.send(codedSentences(space, words));
      return { client, space, isAccepted };
    }),
  );
  for (const { client, space, isAccepted } of opened) {
    if (isAccepted) {
      outcomes.accepted += 1;
      await client.end();
      const isWhole = heard(client.text, space).numbers.join() === upTo(words).join();
      if (!isWhole) outcomes.flaws.push(`session ${space} heard ${client.text}`);
    } else {
      outcomes.refused += 1;
      const { code, reason } = await client.closed;
      const isPolite = code === 4429 && /^retryAfterMs=\d+$/.test(reason);
      if (!isPolite) outcomes.flaws.push(`session ${space} was closed with ${code} ${reason}`);
    }
  }
  return outcomes;
}
