import type { Pause, PauseJudge, PauseVerdict } from './pause-judge.js';

/** Quotes and brackets that stand behind the mark of a sentence. */
const CLOSING = /[\s"'”’»」』）)\]]+$/u;
const ENDS_SENTENCE = /[.?!。！？｡।॥؟۔։።]$/u;
/** Also behind what looks like the end of a sentence: a speaker who trails off, a title, an initial. */
const TRAILS_OFF = /(?:\.{2,}|…|(?:^|\s)(?:\p{Lu}|Mr|Mrs|Ms|Dr|St|Prof|vs)\.)$/u;
const ENDS_CLAUSE = /[,;:、，；：،؛–—-]$/u;
/** Models leave the mark out here: it says nothing that there is none. */
const WRITTEN_WITHOUT_MARKS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{N}]$/u;
const BEGINS_IN_MIDDLE = /^[^\p{L}\p{N}]*\p{Ll}/u;

/**
 * Judges by the marks of the text. Whisper sets them by what it heard: a sentence that goes on mostly ends without a mark, or begins
 * without a capital where it is cut. Behind a part of a sentence the mark comes and goes with every change of the audio, so that a
 * whole sentence has to be heard twice.
 */
export class SentenceJudge implements PauseJudge {
  async judge({
    text,
    isContinuing,
    hearAgain,
  }: Pick<Pause, 'text' | 'isContinuing' | 'hearAgain'>): Promise<PauseVerdict> {
    const verdict = verdictOf(text, isContinuing);
    if (verdict !== 'complete') return verdict;
    const again = await hearAgain();
    return again === undefined ? verdict : verdictOf(again, isContinuing);
  }
}

function verdictOf(text: string | undefined, isContinuing: boolean): PauseVerdict {
  const said = text?.replace(CLOSING, '') ?? '';
  if (said === '') return 'unknown';
  if (TRAILS_OFF.test(said) || ENDS_CLAUSE.test(said)) return 'open';
  if (ENDS_SENTENCE.test(said)) return BEGINS_IN_MIDDLE.test(said) && !isContinuing ? 'open' : 'complete';
  // One word is an answer as often as a beginning.
  return WRITTEN_WITHOUT_MARKS.test(said) || !/\s/u.test(said) ? 'unknown' : 'open';
}
