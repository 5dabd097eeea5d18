import { msToSamples } from '../../../common/audio/pcm.js';
import type { DecodedWord } from '../../engine.js';

/** A token as sherpa times it, in seconds. */
export interface TimedTokens {
  tokens: readonly string[];
  timestamps: readonly number[];
  durations: readonly number[];
}

/**
 * Joins Whisper's tokens to words: a token that begins with a blank begins a word, and marks take no time. Models that were
 * exported without attention give no times, and then there are none.
 */
export function wordTimes(
  { tokens, timestamps, durations }: TimedTokens,
  totalSamples: number,
): DecodedWord[] | undefined {
  if (timestamps.length === 0 || [timestamps, durations].some(({ length }) => length !== tokens.length)) {
    return undefined;
  }
  const toSamples = (seconds: number): number =>
    Math.min(Math.max(0, msToSamples(seconds * 1_000)), totalSamples);
  const words: DecodedWord[] = [];
  tokens.forEach((token, index) => {
    const start = toSamples(timestamps[index]!);
    const end = Math.max(start, toSamples(timestamps[index]! + durations[index]!));
    const last = words.at(-1);
    if (!last || /^\s/.test(token)) words.push({ word: token.trimStart(), start, end });
    else {
      last.word += token;
      if (/[\p{L}\p{N}]/u.test(token)) last.end = Math.max(last.end, end);
    }
  });
  return words.filter(({ word }) => word.trim() !== '');
}
