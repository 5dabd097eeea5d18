import { clauseBreak } from '../../../common/text/clause-break.js';
import { SentenceSplitter } from '../../../common/text/sentence-splitter.js';
import { isSpeakable } from '../../../common/text/speakable.js';

/** A first sentence longer than this is broken at a clause, so that speech begins sooner. */
const FIRST_CHARS = 80;
const ENDS_CLAUSE = /[;:—–、，；,]\s*$/;

/** A text sentence by sentence, as it is spoken. What has no letter and no digit is left out. */
export function sentencesOf(text: string): string[] {
  const splitter = new SentenceSplitter();
  const found = [...splitter.feed(text), ...splitter.end()].map(({ start, end }) =>
    plainText(text.slice(start, end)),
  );
  const [first, ...rest] = found.filter(isSpeakable);
  return first === undefined ? [] : [...beginningOf(first), ...rest];
}

function beginningOf(sentence: string): string[] {
  if (sentence.length <= FIRST_CHARS) return [sentence];
  const length = clauseBreak(sentence, FIRST_CHARS);
  const [first, rest] = [sentence.slice(0, length), sentence.slice(length)];
  return ENDS_CLAUSE.test(first) && isSpeakable(rest) ? [first, rest] : [sentence];
}

/** Through UTF-8, which has no lone surrogates; a null byte would be the end of the text. */
function plainText(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('utf8')
    .replaceAll(/\p{Cc}+/gu, ' ');
}
