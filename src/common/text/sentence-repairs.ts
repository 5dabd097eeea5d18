/**
 * What Unicode's sentence rules get wrong, measured on model answers: they split after abbreviations, initials and list
 * numbers and inside URLs, and leave a closing quote to the next sentence.
 */

const ABBREVIATION =
  /(?:^|[\s("'[])(?:Dr|Mr|Mrs|Ms|Prof|Sr|Jr|St|Mt|vs|No|Nr|Fig|Eq|Inc|Ltd|Co|Corp|approx|ca|cf|al|Gen|Sen|Rep|Rev|Hon|Lt|Col|Sgt|Capt|e\.g|i\.e|a\.m|p\.m|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$/;
const INITIAL = /(?:^|[\s("'[.])\p{Lu}\.\s*$/u;
const LIST_NUMBER = /(?:^|\n)[\s*#>-]*(?:\d{1,3}|[A-Za-z])[.)]\s*$/;
/** An ASCII mark with no blank after it, and an ASCII word next: a URL, a version, a file name. */
const ENDS_IN_ASCII_MARK = /[.!?:]$/;
const BEGINS_WITH_ASCII_WORD = /^[\w/%&=#-]/;
const CLOSERS = /^["'”’»)\]}」』）】〉》〕］｝]+\s*/;

/** Whether the text before a boundary and the text after it belong to one sentence. */
export function belongTogether(before: string, after: string): boolean {
  if (ENDS_IN_ASCII_MARK.test(before) && BEGINS_WITH_ASCII_WORD.test(after)) return true;
  if (before.endsWith('\n')) return false;
  return ABBREVIATION.test(before) || INITIAL.test(before) || LIST_NUMBER.test(before);
}

/** How many UTF-16 units at the start of `after` close what came before. */
export function closersAtStart(after: string): number {
  return CLOSERS.exec(after)?.[0].length ?? 0;
}
