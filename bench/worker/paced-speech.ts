import { setTimeout as sleep } from 'node:timers/promises';
import { sampleClip, transcripts } from '../../test/support/wav.js';

export const FRAME_SAMPLES = 3_200;
const RATE = 16_000;

export interface Sentence {
  text: string;
  /** Position of the last sample of the last word. */
  end: number;
}

/** The first 13.8 s of the conversation: five sentences of one to three seconds, then a pause. */
export function speech(): { samples: Int16Array; sentences: Sentence[] } {
  const samples = sampleClip('conversation-30s.wav').subarray(0, 13.8 * RATE);
  const { segments } = transcripts('transcripts.json')['conversation-30s.wav']!;
  const sentences = segments
    .map(({ text, end }) => ({ text, end: Math.round(end * RATE) }))
    .filter(({ end }) => end < samples.length);
  return { samples, sentences };
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
