/** Ends of clauses, the best first. Each matches up to and including the break. */
const BREAKS: readonly RegExp[] = [
  // Korean and Japanese sentence endings that came without a mark.
  /^.*(?:[다요죠까네](?:[~～]+)?\s|(?:です|ます|でした|ました|ません|だよ|だね)(?=[^。、\s]))/su,
  /^.*(?:[;:—–、，；]|,(?=\s))\s*/su,
  /^.*\s/su,
];
/** A clause shorter than this is not worth a break. */
const MIN_CLAUSE_CHARS = 20;

/**
 * Where to break a sentence that is too long to wait for: after a clause, else after a word, else after a whole character.
 * @returns UTF-16 units, at most `maxChars`
 */
export function clauseBreak(text: string, maxChars: number): number {
  const window = text.slice(0, maxChars);
  for (const pattern of BREAKS) {
    const length = pattern.exec(window)?.[0].length ?? 0;
    if (length >= MIN_CLAUSE_CHARS) return length;
  }
  return wholeCharacters(text, maxChars);
}

/** The end of the last grapheme that ends within `maxChars`. */
function wholeCharacters(text: string, maxChars: number): number {
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(
    text.slice(0, maxChars * 2),
  );
  const last = segments.containing(maxChars);
  return last === undefined || last.index === 0 ? maxChars : last.index;
}
