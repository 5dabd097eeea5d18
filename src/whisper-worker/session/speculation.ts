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
  abort: AbortController;
}

/**
 * Decodes an utterance at the beginning of the silence that may end it. When the silence lasts, the text is ready at once; when speech
 * goes on, the decode is dropped.
 */
export class Speculation {
  private guess: Guess | undefined;

  /** @param hearsTwice begins a second hearing together with the first, where a lane is free */
  constructor(
    private readonly decoder: SessionDecoder,
    private readonly metrics: WorkerMetrics,
    private readonly hearsTwice: boolean,
  ) {}

  /** Decodes when a lane is free. @returns undefined when none is */
  begin(span: PausedSpan): Heard | undefined {
    return this.hear(span, (signal) => this.decoder.optional('speculative', span.samples, signal));
  }

  /** Decodes when it is the session's turn. */
  insist(span: PausedSpan): Heard {
    return this.hear(span, (signal) => this.decoder.final(span.samples, signal))!;
  }

  /** The same utterance without the silence behind it: a mark that a model only guessed often comes out differently. */
  async again(span: PausedSpan): Heard {
    const { guess } = this;
    if (guess?.span !== span) return undefined;
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
    const again = this.hearsTwice
      ? this.decoder.optional('confirming', spoken(span), abort.signal)?.catch(() => undefined)
      : undefined;
    this.guess = { span, abort, result, again };
    return result;
  }
}

function spoken({ samples, start, speechEnd }: PausedSpan): Float32Array {
  return samples.slice(0, speechEnd - start);
}
