import type { Pace } from './pace.js';

/** Characters that are graphemes of their own when another of them follows: no segmenter is needed for these. */
const PLAIN = /^[\x20-\x7e가-힣一-鿿ぁ-んァ-ヶ、。]$/;
/** First look of the segmenters; doubled while a unit does not end within it. */
const WINDOW_CHARS = 64;
/** Longest unit: nothing that people write, but text may be hostile. */
const MAX_UNIT_CHARS = 4_096;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * Length of the first unit of `text`, or 0 when more text might still belong to it.
 * @param isComplete nothing will follow `text`
 */
export function firstUnitLength(text: string, unit: Pace['unit'], isComplete: boolean): number {
  if (text === '') return 0;
  if (unit === 'grapheme' && isPlain(text)) return 1;
  const find = unit === 'grapheme' ? firstGrapheme : firstWord;
  for (let window = WINDOW_CHARS; ; window *= 2) {
    const length = find(text.slice(0, window));
    if (length < Math.min(window, text.length)) return length;
    if (window >= text.length) return isComplete || text.length >= MAX_UNIT_CHARS ? length : 0;
    if (window >= MAX_UNIT_CHARS) return length;
  }
}

/** Whether the first character stands alone. One at the very end does, too: what may follow it is all but always another. */
function isPlain(text: string): boolean {
  return PLAIN.test(text.charAt(0)) && (text.length === 1 || PLAIN.test(text.charAt(1)));
}

function firstGrapheme(text: string): number {
  for (const { segment } of graphemes.segment(text)) return segment.length;
  return 0;
}

/** Blanks, a word, and the marks that stick to it. */
function firstWord(text: string): number {
  let length = 0;
  let hasWord = false;
  for (const { segment, isWordLike } of words.segment(text)) {
    if (hasWord && (isWordLike || /^\s/.test(segment))) return length;
    hasWord ||= isWordLike === true;
    length += segment.length;
  }
  return length;
}
