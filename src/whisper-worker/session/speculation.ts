import type { DecodedUtterance } from '../engine.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import type { SessionDecoder } from './session-decoder.js';

interface Guess {
  start: number;
  end: number;
  result: Promise<DecodedUtterance | undefined>;
  abort: AbortController;
}

/**
 * Decodes an utterance at the beginning of the silence that may end it. When the silence lasts, the text is ready at once; when speech
 * goes on, the decode is dropped.
 */
export class Speculation {
  private guess: Guess | undefined;

  constructor(
    private readonly decoder: SessionDecoder,
    private readonly metrics: WorkerMetrics,
  ) {}

  begin(start: number, end: number, samples: Float32Array): void {
    this.drop();
    const abort = new AbortController();
    const result = this.decoder.optional('speculative', samples, abort.signal);
    // After a failure the final is decoded in the ordinary way.
    if (result) this.guess = { start, end, abort, result: result.catch(() => undefined) };
  }

  drop(): void {
    if (!this.guess) return;
    this.guess.abort.abort();
    this.guess = undefined;
    this.metrics.speculation('discarded');
  }

  /** The guess for exactly this span, if there is one. */
  claim(start: number, end: number): Promise<DecodedUtterance | undefined> | undefined {
    const guess = this.guess;
    if (guess?.start !== start || guess.end !== end) {
      this.drop();
      return undefined;
    }
    this.guess = undefined;
    this.metrics.speculation('confirmed');
    return guess.result;
  }
}
