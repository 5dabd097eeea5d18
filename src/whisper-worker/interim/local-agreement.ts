export interface AgreedText {
  text: string;
  /** The first `stable` characters of `text` never change again in this utterance. */
  stable: number;
}

interface Word {
  /** For comparison: without case. */
  form: string;
  /** Behind the word's last character. */
  end: number;
}

/**
 * LocalAgreement-2: what two decodes of the growing utterance say alike, word by word from the beginning, is stable. The last
 * word of a decode may be half a word and is agreed on only when another follows. Stable text never retracts: a later decode
 * that disagrees with it only continues it. Marks behind the last word are left out: a model ends every decode with a full stop,
 * and takes it back with the next word.
 */
export class LocalAgreement {
  readonly #segmenter: Intl.Segmenter;
  #stableText = '';
  #stableWords = 0;
  #previous: Word[] = [];

  /** @param language decides where words end, for languages written without blanks too */
  constructor(language: string) {
    this.#segmenter = new Intl.Segmenter(Intl.Segmenter.supportedLocalesOf([language])[0], {
      granularity: 'word',
    });
  }

  update(hypothesis: string): AgreedText {
    const words = this.wordsOf(hypothesis);
    const agreed = this.agreedWords(words);
    const from = words[this.#stableWords - 1]?.end ?? (this.#stableWords > 0 ? hypothesis.length : 0);
    const text = this.#stableText + hypothesis.slice(from, words.at(-1)?.end ?? 0);
    if (agreed > this.#stableWords) {
      const grownBy = words[agreed - 1]!.end - (words[this.#stableWords - 1]?.end ?? 0);
      this.#stableText = text.slice(0, this.#stableText.length + grownBy);
      this.#stableWords = agreed;
    }
    this.#previous = words;
    return { text, stable: this.#stableText.length };
  }

  private agreedWords(words: readonly Word[]): number {
    let same = 0;
    while (same < words.length && words[same]!.form === this.#previous[same]?.form) same += 1;
    return Math.min(same, words.length - 1, this.#previous.length - 1);
  }

  private wordsOf(text: string): Word[] {
    const words: Word[] = [];
    for (const { segment, index, isWordLike } of this.#segmenter.segment(text)) {
      if (isWordLike) words.push({ form: segment.toLowerCase(), end: index + segment.length });
    }
    return words;
  }
}
