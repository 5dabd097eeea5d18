export interface AgreedText {
  text: string;
  /** The first `stable` characters of `text` never change again in this utterance. */
  stable: number;
}

interface Word {
  /** For comparison: without case. */
  form: string;
  start: number;
  /** Behind the word's last character. */
  end: number;
}

const ENDS_SENTENCE = /[.?!。！？।؟]/u;

/**
 * LocalAgreement-2: what two decodes of the growing utterance say alike, word by word from the beginning, is stable. The last
 * word of a decode may be half a word and is agreed on only when another follows. Stable text never retracts: a later decode
 * that disagrees with it only continues it. Words that were shown stay as they were written, because a model changes capitals and
 * commas from one decode to the next. Left out is what a model mostly takes back: marks behind the last word, as many decodes
 * end with a full stop, and a first word without another.
 *
 * `steady` leaves out more: a second of speech may be any words, so that nothing is shown until two decodes in a row begin with the
 * same word, and the last word waits until it was heard twice, too. And where only the ending of a word is heard otherwise ("ask",
 * "asked", "ask"), it stays as it was shown until two decodes in a row have it so: the final says which it was.
 */
export class LocalAgreement {
  private readonly segmenter: Intl.Segmenter;
  private stableText = '';
  private stableWords = 0;
  private previous: Word[] = [];
  private shown = '';

  /** @param language decides where words end, for languages written without blanks too */
  constructor(
    language: string,
    private readonly pace: 'steady' | 'fast',
  ) {
    this.segmenter = new Intl.Segmenter(localeOf(language), { granularity: 'word' });
  }

  /** @param isPaused the speaker has paused: all that was heard is shown, for the last word is a whole one */
  update(hypothesis: string, isPaused = false): AgreedText {
    const words = this.wordsOf(hypothesis);
    const agreed = this.agreedWords(words);
    const from = words[this.stableWords - 1]?.end ?? (this.stableWords > 0 ? hypothesis.length : 0);
    const until = words[(isPaused ? words.length : this.shownWords(words)) - 1]?.end ?? 0;
    const text = this.asShown(this.withEndingsAsShown(this.stableText + hypothesis.slice(from, until)));
    if (agreed > this.stableWords) {
      const added = agreed - this.stableWords;
      const behind = this.wordsOf(text).filter(({ end }) => end > this.stableText.length);
      this.stableText = text.slice(0, behind[Math.min(added, behind.length) - 1]?.end);
      this.stableWords = agreed;
    }
    this.previous = words;
    if (text !== '') this.shown = text;
    return { text, stable: this.stableText.length };
  }

  /** A text with the words that it begins with as they were shown. Only the end of a sentence is always as it was heard last. */
  asShown(text: string): string {
    const [shown, words] = [this.wordsOf(this.shown), this.wordsOf(text)];
    const endsBefore = (from: string, all: readonly Word[], index: number): boolean =>
      index > 0 && ENDS_SENTENCE.test(from.slice(all[index - 1]!.end, all[index]!.start));
    let same = 0;
    while (
      same < words.length &&
      words[same]!.form === shown[same]?.form &&
      endsBefore(text, words, same) === endsBefore(this.shown, shown, same)
    )
      same += 1;
    return same === 0 ? text : this.shown.slice(0, shown[same - 1]!.end) + text.slice(words[same - 1]!.end);
  }

  /** A text whose words keep the endings they were shown with, until the others are heard again. */
  private withEndingsAsShown(text: string): string {
    if (this.pace !== 'steady') return text;
    const [shown, words] = [this.wordsOf(this.shown), this.wordsOf(text)];
    let [kept, from] = ['', 0];
    for (const [index, word] of words.entries()) {
      const [before, after] = [shown[index], shown[index + 1]];
      if (before?.form === word.form) continue;
      const isNew = this.previous[index]?.form !== word.form;
      if (!before || !isNew || !isEndingOf(before.form, word.form)) break;
      if (after && after.form !== words[index + 1]?.form) break;
      kept += text.slice(from, word.start) + this.shown.slice(before.start, before.end);
      from = word.end;
    }
    return kept + text.slice(from);
  }

  /** How many of the words are to be shown while somebody speaks. */
  private shownWords(words: readonly Word[]): number {
    const isSteady = this.pace === 'steady';
    if (isSteady && this.shown === '' && !this.isHeardAgain(words, 0)) return 0;
    const last = words.length - 1;
    return (isSteady || last === 0) && !this.isHeardAgain(words, last) ? last : words.length;
  }

  /** Whether the decode before had this word, or its beginning, at the same place. */
  private isHeardAgain(words: readonly Word[], index: number): boolean {
    const before = this.previous[index];
    return before !== undefined && words[index]?.form.startsWith(before.form) === true;
  }

  private agreedWords(words: readonly Word[]): number {
    let same = 0;
    while (same < words.length && words[same]!.form === this.previous[same]?.form) same += 1;
    return Math.min(same, words.length - 1, this.previous.length - 1);
  }

  private wordsOf(text: string): Word[] {
    const words: Word[] = [];
    for (const { segment, index, isWordLike } of this.segmenter.segment(text)) {
      if (isWordLike) words.push({ form: segment.toLowerCase(), start: index, end: index + segment.length });
    }
    return words;
  }
}

/** Whether two words differ in their ending only. */
function isEndingOf(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

/** `auto` is no language yet, and Intl throws for what is none: words of such a text are found by its script. */
function localeOf(language: string): string {
  const isLanguage = /^[a-z]{2,3}$/.test(language);
  return (isLanguage ? Intl.Segmenter.supportedLocalesOf([language])[0] : undefined) ?? 'und';
}
