import { setTimeout as sleep } from 'node:timers/promises';
import { joined } from '../../test/support/coded-speech.js';
import { humanClip, humanWords, sampleClip, transcripts } from '../../test/support/wav.js';

export const FRAME_SAMPLES = 3_200;
const RATE = 16_000;

export interface Sentence {
  text: string;
  /** Position of the last sample of the last word. */
  end: number;
}

/** What a speaker says, 16 kHz mono. */
export interface Speech {
  samples: Int16Array;
  sentences: Sentence[];
  /** Where somebody spoke last in a stretch; undefined when nobody did. */
  spokenUntil: (start: number, end: number) => number | undefined;
}

/** The first 13.8 s of the conversation: five sentences of one to three seconds, then a pause. */
export function sampleSpeech(): Speech {
  const samples = sampleClip('conversation-30s.wav').subarray(0, 13.8 * RATE);
  const { segments } = transcripts('transcripts.json')['conversation-30s.wav']!;
  const sentences = segments
    .map(({ text, end }) => ({ text, end: Math.round(end * RATE) }))
    .filter(({ end }) => end < samples.length);
  const spokenUntil = (_start: number, until: number): number | undefined =>
    sentences.findLast(({ end }) => end <= until)?.end;
  return { samples, sentences, spokenUntil };
}

/** Passages of human speech; those of several clips were read in one go. */
const PASSAGES = [
  ['jfk.wav'],
  ['arctic-a0007.wav'],
  ['austen-0870.wav', 'austen-0880.wav', 'austen-0890.wav'],
  ['arctic-a0009.wav'],
  ['austen-0920.wav', 'austen-0930.wav'],
  ['goforward.wav'],
];
const PAUSE = faintNoise(1.5 * RATE);

/** 56 s of human speech: a speech with long pauses inside its sentences, readings, a command. Each passage counts as a sentence. */
export function humanSpeech(): Speech {
  const words = humanWords();
  const parts = [PAUSE];
  const sentences: Sentence[] = [];
  let at = PAUSE.length;
  for (const clips of PASSAGES) {
    const passage = joined(clips.map(humanClip));
    const end = at + loudUntil(passage)!;
    sentences.push({ text: clips.map((clip) => words[clip]!).join(' '), end });
    parts.push(passage, PAUSE);
    at += passage.length + PAUSE.length;
  }
  const samples = joined(parts);
  const spokenUntil = (start: number, until: number): number | undefined => {
    const loud = loudUntil(samples.subarray(start, until));
    return loud === undefined ? undefined : start + loud;
  };
  return { samples, sentences, spokenUntil };
}

const STRETCH_SAMPLES = 160;
/** Of the loudest stretch. Breath and the noise of rooms are below it, the ends of most words above. */
const LOUD = 0.15;

/** Behind the last stretch of 10 ms that is loud; not by the detector whose delay is part of what is measured. */
function loudUntil(samples: Int16Array): number | undefined {
  const levels: number[] = [];
  for (let at = 0; at + STRETCH_SAMPLES <= samples.length; at += STRETCH_SAMPLES) {
    const stretch = samples.subarray(at, at + STRETCH_SAMPLES);
    levels.push(Math.sqrt(stretch.reduce((sum, sample) => sum + sample ** 2, 0)));
  }
  const loudest = Math.max(...levels);
  const last = levels.findLastIndex((level) => level > LOUD * loudest);
  return last < 0 ? undefined : (last + 1) * STRETCH_SAMPLES;
}

/** A microphone is never quite silent. */
function faintNoise(length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => (((index * 7_919) % 211) % 21) - 10);
}

/** Gives frames of 200 ms as a microphone does, each when its last sample would have been heard. */
export async function* paced(samples: Int16Array, startedAt: number): AsyncGenerator<Int16Array> {
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    const frame = samples.subarray(at, at + FRAME_SAMPLES);
    const dueAt = startedAt + ((at + frame.length) * 1_000) / RATE;
    await sleep(Math.max(0, dueAt - performance.now()));
    yield frame;
  }
}

/** When a sample was heard. */
export function heardAt(position: number, startedAt: number): number {
  return startedAt + (position * 1_000) / RATE;
}
