import { msToSamples } from '../../../common/audio/pcm.js';
import type { DecodedWord } from '../../engine.js';

/**
 * Joins Whisper's tokens to words: a token that begins with a blank begins a word. Models that were exported without attention
 * give no times, and then there are none.
 */
export function wordTimes(
  tokens: readonly string[],
  seconds: readonly number[],
  totalSamples: number,
): DecodedWord[] | undefined {
  if (seconds.length === 0 || seconds.length !== tokens.length) return undefined;
  const words: DecodedWord[] = [];
  tokens.forEach((token, index) => {
    const at = Math.min(msToSamples(seconds[index]! * 1_000), totalSamples);
    const last = words.at(-1);
    if (last && !/^\s/.test(token)) {
      last.word += token;
      return;
    }
    if (last) last.end = Math.max(last.start, at);
    words.push({ word: token.trimStart(), start: at, end: totalSamples });
  });
  return words.filter(({ word }) => word.trim() !== '');
}
