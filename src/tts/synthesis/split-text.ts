import { belongTogether, closersAtStart } from '../../common/text/sentence-repairs.js';

/** Unicode's rules for sentences, in any language. */
const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
/** Words, and in scripts without spaces what a dictionary takes for words. */
const words = new Intl.Segmenter(undefined, { granularity: 'word' });
/** What a reader sees as one character; never split. */
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Text behind the limit that tells whether a sentence ends there. */
const LOOKAHEAD_CHARS = 64;

/**
 * Splits a text into parts of at most `maxChars` UTF-16 units: at the last sentence end that fits, else between words, else
 * between characters. Nothing but blanks is lost: joined, the parts are the text. The text is looked at in windows, since
 * V8's segmenter takes time by the square of what it is given.
 */
export function splitText(text: string, maxChars: number): string[] {
  const parts: string[] = [];
  let start = 0;
  while (text.length - start > maxChars) {
    const length = partLength(text.slice(start, start + maxChars + LOOKAHEAD_CHARS), maxChars);
    parts.push(text.slice(start, start + length));
    start += length;
  }
  parts.push(text.slice(start));
  // A part without anything to say would be refused.
  const spoken = parts.filter((part) => part.trim() !== '');
  return spoken.length === 0 ? [text] : spoken;
}

function partLength(window: string, maxChars: number): number {
  return (
    lastWithin(maxChars, wholeSentences(window)) ||
    lastWithin(maxChars, segmentsOf(words, window)) ||
    lastWithin(maxChars, segmentsOf(graphemes, window)) ||
    // One character that is longer than the limit.
    (graphemes.segment(window).containing(0)?.segment.length ?? window.length)
  );
}

/** Length of the leading pieces that fit together, 0 when not even the first does. */
function lastWithin(maxChars: number, pieces: Iterable<string>): number {
  let length = 0;
  for (const piece of pieces) {
    if (length + piece.length > maxChars) break;
    length += piece.length;
  }
  return length;
}

function* segmentsOf(segmenter: Intl.Segmenter, text: string): Generator<string> {
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** The sentences of a window, without the last one, which may go on behind it. */
function* wholeSentences(window: string): Generator<string> {
  let held = '';
  for (const segment of segmentsOf(sentences, window)) {
    if (held === '' || belongTogether(held, segment)) {
      held += segment;
      continue;
    }
    const closers = closersAtStart(segment);
    yield held + segment.slice(0, closers);
    held = segment.slice(closers);
  }
}
