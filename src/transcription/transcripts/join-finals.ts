/**
 * Scripts that put no blank between sentences, with their marks. Thai, Lao, Khmer and Burmese put blanks between sentences, though not between
 * words; Korean puts blanks between words.
 */
const UNSPACED = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3000-\u303f\u30fb\u30fc\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]`;
const ENDS_UNSPACED = new RegExp(`${UNSPACED}$`, 'u');
const BEGINS_UNSPACED = new RegExp(`^${UNSPACED}`, 'u');

/** Joins consecutive finals, with a blank between two unless both meet in a script without blanks. */
export function joinFinals(texts: readonly string[]): string {
  let joined = '';
  for (const text of texts) {
    if (text === '') continue;
    joined += joined === '' || meetWithoutBlank(joined, text) ? text : ` ${text}`;
  }
  return joined;
}

/** Whether two texts are joined without a blank. */
function meetWithoutBlank(before: string, after: string): boolean {
  // Only the end is looked at; a character takes two units at most.
  return ENDS_UNSPACED.test(before.slice(-2)) && BEGINS_UNSPACED.test(after);
}
