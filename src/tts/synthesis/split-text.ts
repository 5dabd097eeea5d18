import { belongTogether, closersAtStart } from '../../common/text/sentence-repairs.js';

/** Unicode's rules for sentences, in any language. */
const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
/** Words, and in scripts without spaces what a dictionary takes for words. */
const words = new Intl.Segmenter(undefined, { granularity: 'word' });
/** What a reader sees as one character; never split. */
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Splits a text into parts of at most `maxChars` UTF-16 units: at the last sentence end that fits, else between words, else
 * between characters. Nothing but blanks is lost: joined, the parts are the text.
 */
export function splitText(text: string, maxChars: number): string[] {
  if (text.length <= maxChars) return [text];
  const parts: string[] = [];
  let part = '';
  for (const piece of pieces(text, maxChars)) {
    if (part !== '' && part.length + piece.length > maxChars) {
      parts.push(part);
      part = '';
    }
    part += piece;
  }
  if (part !== '') parts.push(part);
  // A part without anything to say would be refused.
  return parts.filter((each) => each.trim() !== '');
}

/** The smallest units that a split has to respect, none longer than `maxChars` unless it is one character. */
function* pieces(text: string, maxChars: number): Generator<string> {
  for (const sentence of wholeSentences(text)) {
    if (sentence.length <= maxChars) {
      yield sentence;
      continue;
    }
    for (const { segment: word } of words.segment(sentence)) {
      if (word.length <= maxChars) yield word;
      else for (const { segment: character } of graphemes.segment(word)) yield character;
    }
  }
}

function* wholeSentences(text: string): Generator<string> {
  let held = '';
  for (const { segment } of sentences.segment(text)) {
    if (held === '' || belongTogether(held, segment)) {
      held += segment;
      continue;
    }
    const closers = closersAtStart(segment);
    yield held + segment.slice(0, closers);
    held = segment.slice(closers);
  }
  if (held !== '') yield held;
}
