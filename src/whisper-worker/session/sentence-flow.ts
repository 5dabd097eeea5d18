/** The first letter, where capitals begin sentences. Words such as `iPhone` stay as they are. */
const SMALL_BEGINNING =
  /^[^\p{L}\p{N}]*(?=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}])\p{Ll}(?!\p{Lu})/u;
/** The first letter of a word that is neither an abbreviation nor followed by another name. */
const LARGE_BEGINNING = /^[^\p{L}\p{N}]*\p{Lu}(?=\p{Ll}+(?!\p{L})(?![^\p{L}]+\p{Lu}))/u;
/** Languages that write nouns with a capital: a capital says nothing about the beginning of a sentence. */
const CAPITAL_NOUNS: ReadonlySet<string> = new Set(['de', 'lb']);
/** Without a mark behind it, a text goes on; one that ends in a digit, or in a script that does without marks, may be whole. */
const LEFT_OPEN =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian},;:—–]["'”’»)\s]*$/u;

/**
 * Writes utterances as one text: each is decoded alone, so that the model knows neither whether a sentence goes on there nor
 * whether a new one begins. A sentence begins with a capital; what goes on in the middle of one does not.
 */
export class SentenceFlow {
  private isOpen = false;

  /** Whether the next utterance goes on with a sentence that the one before left open. */
  get isContinuing(): boolean {
    return this.isOpen;
  }

  /** The text of the utterance that comes next, or of its beginning. */
  write(text: string, language: string): string {
    if (!this.isOpen)
      return text.replace(SMALL_BEGINNING, (first) => first.toLocaleUpperCase(localeOf(language)));
    if (CAPITAL_NOUNS.has(language)) return text;
    return text.replace(LARGE_BEGINNING, (first) => first.toLocaleLowerCase(localeOf(language)));
  }

  /** The utterance has ended with this text. */
  end(text: string): void {
    this.isOpen = /\s/u.test(text) && LEFT_OPEN.test(text);
  }
}

/** Turkish has two of the letter i. A language that is not known yet has no rules of its own. */
function localeOf(language: string): string {
  return /^[a-z]{2,3}$/.test(language) ? language : 'en';
}
