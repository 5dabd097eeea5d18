import type { Clip } from './clips.js';
import { scoreOf, type Score } from './score.js';

/** Something that hears a whole clip at once. */
export interface Recogniser {
  readonly name: string;
  transcribe(samples: Int16Array): Promise<string>;
  /** CPU time so far, in seconds, of all that it consists of. */
  cpuSeconds(): number;
  residentBytes(): number;
  close(): Promise<void>;
}

export interface Heard {
  score: Score;
  cpuMsPerAudioSecond: number;
}

export async function hear(recogniser: Recogniser, clips: readonly Clip[], language: string): Promise<Heard> {
  const before = recogniser.cpuSeconds();
  const texts: string[] = [];
  for (const { samples } of clips) texts.push(await recogniser.transcribe(samples));
  const cpuSeconds = recogniser.cpuSeconds() - before;
  const audioSeconds = clips.reduce((sum, { samples }) => sum + samples.length, 0) / 16_000;
  return {
    score: scoreOf(clips, texts, language),
    cpuMsPerAudioSecond: (cpuSeconds / audioSeconds) * 1_000,
  };
}
