import { keepPrefix } from '../../../common/text/keep-prefix.js';
import type { InterimTranscript } from '../../events.js';
import type { FinalText } from '../../transcript-store.js';

/**
 * What the client was shown of the open utterance. Its `stable` part never changes. A worker that takes the utterance over cuts and
 * decodes the same audio anew, so its interims and its final are made to begin with that part.
 */
export class CaptionPromise {
  private shown: InterimTranscript | undefined;

  /** The interim to show to the client. */
  interim(interim: InterimTranscript): InterimTranscript {
    const shown = this.shownFor(interim);
    this.shown = shown ? continued(shown, interim) : interim;
    return this.shown;
  }

  /** The final to send to the client. */
  final(final: FinalText): FinalText {
    const shown = this.shownFor(final);
    if (!shown) return final;
    this.shown = undefined;
    const text = keepPrefix(stableOf(shown), final.text);
    if (text === final.text) return { ...final, utterance: shown.utterance };
    // Words of a text that was changed would contradict it.
    const { words: _dropped, ...rest } = final;
    return { ...rest, utterance: shown.utterance, text };
  }

  /** Audio before `position` is covered. Gives a final for an utterance that was shown as stable but got no final. */
  commit(position: number): FinalText | undefined {
    const shown = this.shown;
    if (!shown || position <= shown.start) return undefined;
    this.shown = undefined;
    const text = stableOf(shown);
    if (text === '') return undefined;
    const { utterance, start, language } = shown;
    return { utterance, text, start, end: position, language };
  }

  private shownFor({ start, end }: { start: number; end: number }): InterimTranscript | undefined {
    const shown = this.shown;
    return shown && start < shown.end && end > shown.start ? shown : undefined;
  }
}

function stableOf({ text, stable }: InterimTranscript): string {
  return text.slice(0, stable);
}

function continued(shown: InterimTranscript, interim: InterimTranscript): InterimTranscript {
  const promised = stableOf(shown);
  const isKept = interim.text.startsWith(promised);
  return {
    ...interim,
    utterance: shown.utterance,
    revision: Math.max(interim.revision, shown.revision + 1),
    text: isKept ? interim.text : keepPrefix(promised, interim.text),
    // The interim's own `stable` counts characters of the text before the change.
    stable: isKept ? Math.max(interim.stable, promised.length) : promised.length,
  };
}
