import { keepPrefix } from '../../../common/text/keep-prefix.js';
import type { InterimTranscript } from '../../events.js';
import type { FinalText } from '../../transcript-store.js';

/**
 * What the client was told of the open utterance. The `stable` part never changes, whoever goes on with the utterance: a worker that
 * takes over hears the same audio but cuts and decodes it by itself, so that its captions and its final are brought into line.
 */
export class CaptionPromise {
  private told: InterimTranscript | undefined;

  /** An interim as the client is to see it. */
  interim(interim: InterimTranscript): InterimTranscript {
    const told = this.toldOf(interim);
    this.told = told ? goOn(told, interim) : interim;
    return this.told;
  }

  /** A final as the client is to see it. */
  final(final: FinalText): FinalText {
    const told = this.toldOf(final);
    if (!told) return final;
    this.told = undefined;
    const text = keepPrefix(stableOf(told), final.text);
    if (text === final.text) return { ...final, utterance: told.utterance };
    // Words of a text that was changed would contradict it.
    const { words: _dropped, ...rest } = final;
    return { ...rest, utterance: told.utterance, text };
  }

  /** Audio before `position` is covered. Gives the final of an utterance of which nothing was heard in the end but something promised. */
  commit(position: number): FinalText | undefined {
    const told = this.told;
    if (!told || position <= told.start) return undefined;
    this.told = undefined;
    const text = stableOf(told);
    if (text === '') return undefined;
    const { utterance, start, language } = told;
    return { utterance, text, start, end: position, language };
  }

  private toldOf({ start, end }: { start: number; end: number }): InterimTranscript | undefined {
    const told = this.told;
    return told && start < told.end && end > told.start ? told : undefined;
  }
}

function stableOf({ text, stable }: InterimTranscript): string {
  return text.slice(0, stable);
}

function goOn(told: InterimTranscript, interim: InterimTranscript): InterimTranscript {
  const promised = stableOf(told);
  const isKept = interim.text.startsWith(promised);
  return {
    ...interim,
    utterance: told.utterance,
    revision: Math.max(interim.revision, told.revision + 1),
    text: isKept ? interim.text : keepPrefix(promised, interim.text),
    // What the next one holds for stable is no beginning of the text any more where that was changed.
    stable: isKept ? Math.max(interim.stable, promised.length) : promised.length,
  };
}
