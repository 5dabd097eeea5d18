import { clauseBreak } from './clause-break.js';
import { belongTogether, closersAtStart } from './sentence-repairs.js';
import { isSpeakable } from './speakable.js';

/** Offsets are UTF-16 units of the whole text, without the blanks around the sentence. */
export interface Sentence {
  start: number;
  end: number;
}

/** Longest stretch without an end; beyond it a clause is taken, so that speech need not wait. */
const MAX_CHARS = 240;
/** Korean, Japanese and Chinese say as much in fewer characters. */
const MAX_DENSE_CHARS = 90;
/** Text after a boundary that is enough to be sure of it, even without a letter. */
const LOOKAHEAD_CHARS = 40;
/**
 * Text behind the longest stretch that is looked at, however much has come: V8's segmenter takes time by the length of what it is
 * given, for each sentence again. Only such a run of digits and commas could tell more than this.
 */
const HORIZON_CHARS = 160;

const MAY_END = /[.!?。！？…．｡~～\n\u2028\u2029]/;
/** The last mark and what follows it. */
const LAST_MARK = /[.!?。！？…．｡~～\n\u2028\u2029][^.!?。！？…．｡~～\n\u2028\u2029]*$/;
const DENSE = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const LETTER = /\p{L}/u;
/** Informal Korean and Japanese end sentences with tildes. */
const TILDE_END = /[~～]+\s+/g;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Finds the sentences of a text that is still being written. Gives the same ones however the text is cut into pieces. */
export class SentenceSplitter {
  private tail = '';
  private offset = 0;
  private mayEnd = false;

  constructor(private readonly horizonChars = HORIZON_CHARS) {}

  /** Sentences that are surely complete with this piece. */
  feed(piece: string): Sentence[] {
    this.tail += piece;
    this.mayEnd ||= MAY_END.test(piece);
    if (!this.mayEnd && this.tail.length < this.patienceChars()) return [];
    return this.cutAll((rest) => LETTER.test(rest) || rest.length >= LOOKAHEAD_CHARS);
  }

  /** The text has ended: what is left. */
  end(): Sentence[] {
    const sentences = this.cutAll((rest) => rest !== '', true);
    const last = this.cut(this.tail.length);
    return last ? [...sentences, last] : sentences;
  }

  private cutAll(isSure: (rest: string) => boolean, hasEnded = false): Sentence[] {
    const found: Sentence[] = [];
    for (;;) {
      this.skipBlanks();
      const length = this.completeLength(isSure, hasEnded);
      if (length === 0) break;
      const sentence = this.cut(length);
      if (sentence) found.push(sentence);
    }
    this.mayEnd = mayEndSoon(this.tail);
    return found;
  }

  /** Length of the tail from which a clause is taken. */
  private patienceChars(): number {
    if (this.tail.length < MAX_DENSE_CHARS + LOOKAHEAD_CHARS) return Number.POSITIVE_INFINITY;
    return this.maxChars() + LOOKAHEAD_CHARS;
  }

  private maxChars(): number {
    return DENSE.test(this.tail.slice(0, MAX_DENSE_CHARS)) ? MAX_DENSE_CHARS : MAX_CHARS;
  }

  /** Length of the first sentence of the tail, or 0 while it may go on. */
  private completeLength(isSure: (rest: string) => boolean, hasEnded: boolean): number {
    const maxChars = this.maxChars();
    const text = this.tail.slice(0, maxChars + this.horizonChars);
    const length = firstSentenceLength(text);
    const isComplete = length < text.length && isSure(text.slice(length));
    if (length > maxChars && (isComplete || hasEnded || this.tail.length >= maxChars + LOOKAHEAD_CHARS))
      return clauseBreak(this.tail, maxChars);
    return isComplete ? length : 0;
  }

  /** The segmenter would be asked again for each empty line. */
  private skipBlanks(): void {
    const rest = this.tail.trimStart();
    this.offset += this.tail.length - rest.length;
    this.tail = rest;
  }

  private cut(length: number): Sentence | undefined {
    const text = this.tail.slice(0, length);
    const sentence = { start: this.offset, end: this.offset + text.trimEnd().length };
    this.tail = this.tail.slice(length);
    this.offset += length;
    return isSpeakable(text) ? sentence : undefined;
  }
}

/** Whether more text alone, without another mark, could end a sentence: a mark behind which no letter has come yet. */
function mayEndSoon(text: string): boolean {
  const last = text.search(LAST_MARK);
  return last >= 0 && !LETTER.test(text.slice(last));
}

function firstSentenceLength(text: string): number {
  let length = 0;
  for (const { segment } of segmenter.segment(text)) {
    if (length > 0 && !belongTogether(text.slice(0, length), text.slice(length))) {
      const closers = closersAtStart(text.slice(length));
      if (closers === 0) return tildeEnd(text, length);
      length += closers;
      // The rest of this segment is the next sentence.
      return tildeEnd(text, length);
    }
    length += segment.length;
  }
  return tildeEnd(text, length);
}

/** The end of a tilde's sentence within the first `length` units, else `length`. */
function tildeEnd(text: string, length: number): number {
  for (const match of text.slice(0, length).matchAll(TILDE_END)) {
    const before = text.slice(0, match.index);
    if (DENSE.test(before.slice(-1))) return match.index + match[0].length;
  }
  return length;
}
