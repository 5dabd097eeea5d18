/** Scripts without an alphabet take about one token for each character, the others about one for four. */
const DENSE =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}]/gu;
const BEYOND_ASCII = /[^\p{ASCII}]/u;
const CHARS_PER_TOKEN = 4;

/** A guess at the tokens of a text that comes in pieces, for calls whose provider did not say, such as those that were cut. */
export class TokenEstimate {
  private dense = 0;
  private otherChars = 0;

  add(text: string): this {
    const dense = BEYOND_ASCII.test(text) ? (text.match(DENSE) ?? []) : [];
    this.dense += dense.length;
    this.otherChars += dense.reduce((rest, character) => rest - character.length, text.length);
    return this;
  }

  get tokens(): number {
    return this.dense + Math.ceil(this.otherChars / CHARS_PER_TOKEN);
  }
}
