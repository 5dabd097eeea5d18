import { wordErrors, wordsOf } from '../../test/support/word-error-rate.js';
import { percent } from '../figures.js';
import type { Clip } from './clips.js';
import { englishWords } from './english-words.js';

/** What one recogniser made of all clips. */
export interface Score {
  words: number;
  errors: number;
  /** Of the clips with errors. */
  mistakes: Mistake[];
}

export interface Mistake {
  clip: string;
  errors: number;
  heard: string;
}

/** Compares every clip with what was heard; all by the same rules. */
export function scoreOf(clips: readonly Clip[], texts: readonly string[], language: string): Score {
  const wordsIn = language === 'en' ? englishWords : wordsOf;
  const score: Score = { words: 0, errors: 0, mistakes: [] };
  clips.forEach(({ name, text }, index) => {
    const heard = texts[index]!;
    const expected = wordsIn(text);
    const errors = wordErrors(expected, wordsIn(heard));
    score.words += expected.length;
    score.errors += errors;
    if (errors > 0) score.mistakes.push({ clip: name, errors, heard });
  });
  return score;
}

export function rateOf({ errors, words }: Score): number {
  return errors / words;
}

export function shown(score: Score | undefined): string {
  return score === undefined ? '-' : percent(rateOf(score));
}

export function printMistakes(by: string, { mistakes }: Score): void {
  for (const { clip, errors, heard } of mistakes) console.log(`  ${by}, ${clip}, ${errors}: ${heard}`);
}
