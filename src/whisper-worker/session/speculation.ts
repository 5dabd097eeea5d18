import { msToSamples } from '../../common/audio/pcm.js';
import type { DecodedUtterance } from '../engine.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import type { SessionDecoder } from './session-decoder.js';

/** An utterance that would end with the pause that is going on. */
export interface PausedSpan {
  start: number;
  end: number;
  /** Behind it is silence. */
  speechEnd: number;
  samples: Float32Array;
}

/** What was heard; undefined when the decode was dropped or failed. */
export type Heard = Promise<DecodedUtterance | undefined>;

interface Guess {
  span: PausedSpan;
  result: Heard;
  again: Heard | undefined;
  /** Ends what nobody needs once speech has gone on: a decode that has not begun, and a second hearing. */
  abort: AbortController;
}

/**
 * Decodes an utterance at the beginning of the silence that may end it. When the silence lasts, the text is ready at once. When speech
 * goes on, a decode that has begun cannot be stopped any more, so that its text is still given: it is as good as an interim's.
 */
export class Speculation {
  private guess: Guess | undefined;

  /**
   * @param twiceUpToSamples spans up to this length are heard twice, the second time together with the first where a lane is free
   * @param ended the session is over; undefined: a text is of no use once speech has gone on
   */
  constructor(
    private readonly decoder: SessionDecoder,
    private readonly metrics: WorkerMetrics,
    private readonly twiceUpToSamples: number,
    private readonly ended: AbortSignal | undefined,
  ) {}

  /** Decodes now or, when other sessions do not wait for a lane, as the next one. @returns undefined when they do */
  begin(span: PausedSpan): Heard | undefined {
    return (
      this.hear(span, (signal) => this.decoder.optional('speculative', span.samples, this.ended ?? signal)) ??
      this.hear(span, (signal) => this.decoder.next(span.samples, signal))
    );
  }

  /** Decodes when it is the session's turn. */
  insist(span: PausedSpan): Heard {
    return this.hear(span, (signal) => this.decoder.final(span.samples, signal))!;
  }

  /**
   * The same utterance without the silence behind it: a mark that a model only guessed often comes out differently. Undefined for a
   * long span: behind many words a mark is rarely a guess, and its decode takes longest.
   */
  async again(span: PausedSpan): Heard {
    const { guess } = this;
    if (guess?.span !== span || !this.isHeardTwice(span)) return undefined;
    guess.again ??= this.decoder.final(spoken(span), guess.abort.signal, 'confirming').catch(() => undefined);
    return guess.again;
  }

  drop(): void {
    if (!this.guess) return;
    this.guess.abort.abort();
    this.guess = undefined;
    this.metrics.speculation('discarded');
  }

  /** The guess for exactly this span, if there is one. */
  claim(start: number, end: number): Heard | undefined {
    const guess = this.guess;
    if (guess?.span.start !== start || guess.span.end !== end) {
      this.drop();
      return undefined;
    }
    this.guess = undefined;
    this.metrics.speculation('confirmed');
    return guess.result;
  }

  private hear(
    span: PausedSpan,
    decode: (signal: AbortSignal) => Promise<DecodedUtterance> | undefined,
  ): Heard | undefined {
    this.drop();
    const abort = new AbortController();
    // A guess that fails is none: the final is then decoded in the ordinary way.
    const result = decode(abort.signal)?.catch(() => undefined);
    if (!result) return undefined;
    const again = this.isHeardTwice(span)
      ? this.decoder.optional('confirming', spoken(span), abort.signal)?.catch(() => undefined)
      : undefined;
    this.guess = { span, abort, result, again };
    return result;
  }

  private isHeardTwice({ samples }: PausedSpan): boolean {
    return samples.length <= this.twiceUpToSamples;
  }
}

/** Detectors hear speech end about this late. */
const FADING_SAMPLES = msToSamples(200);

/** Up to about the last sound: behind that a mark which the model only guessed comes out differently, one that was heard does not. */
function spoken({ samples, start, speechEnd }: PausedSpan): Float32Array {
  const length = speechEnd - start;
  return samples.slice(0, length - Math.min(FADING_SAMPLES, length >> 3));
}
