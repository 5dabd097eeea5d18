/** One character of these scripts is a syllable or a word: it takes as long to say as so many letters of an alphabet. */
const SYLLABLES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const LETTERS_PER_SYLLABLE = 2.5;
const LETTER = /[\p{L}\p{M}\p{N}]/u;

/** How long a text is when it is said, in letters of an alphabet; blanks and marks take no time. */
export function spokenLength(text: string): number {
  let length = 0;
  for (const character of text) {
    if (SYLLABLES.test(character)) length += LETTERS_PER_SYLLABLE;
    else if (LETTER.test(character)) length += 1;
  }
  return length;
}
