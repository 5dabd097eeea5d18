import type { DecodedUtterance } from '../engine.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import type { SentenceFlow } from './sentence-flow.js';
import type { SessionDecoder } from './session-decoder.js';
import type { SessionMessage } from './session-message.js';

/** A stretch of audio whose extent the endpointer has decided, or the end of the audio. */
export type Covered =
  | {
      type: 'utterance';
      start: number;
      end: number;
      samples: Float32Array;
      /** When the endpointer decided its end: the lag is counted from here. */
      endedAt: number;
      /** The result of a speculative decode. */
      guess?: Promise<DecodedUtterance | undefined>;
      /** Makes the text of the final begin with what its interims showed as stable. */
      finalText?: (heard: string) => string;
    }
  | { type: 'silence'; until: number }
  | { type: 'end' };

export interface CommitterParts {
  decoder: SessionDecoder;
  metrics: WorkerMetrics;
  flow: SentenceFlow;
  send: (message: SessionMessage) => void;
  fail: (error: unknown) => void;
  idle: () => void;
}

/**
 * Turns covered audio into finals and commits, in the order of the audio: one utterance is decoded after the other, which also
 * keeps one session from occupying every lane.
 */
export class FinalCommitter {
  private readonly queue: Covered[] = [];
  private isWorking = false;
  private working: Promise<void> = Promise.resolve();
  private finals = 0;
  private _committed: number;

  constructor(
    start: number,
    private readonly signal: AbortSignal,
    private readonly parts: CommitterParts,
  ) {
    this._committed = start;
  }

  /** Everything before it is silent or in a final. */
  get committed(): number {
    return this._committed;
  }

  get isIdle(): boolean {
    return !this.isWorking;
  }

  /** Everything that was pushed has been said, or the session is over. */
  get settled(): Promise<void> {
    return this.working;
  }

  push(covered: Covered): void {
    this.queue.push(covered);
    if (this.isWorking) return;
    this.isWorking = true;
    this.working = this.work().catch((error: unknown) => {
      if (!this.signal.aborted) this.parts.fail(error);
    });
  }

  clear(): void {
    this.queue.length = 0;
  }

  private async work(): Promise<void> {
    try {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        if (next.type === 'utterance') await this.transcribe(next);
        else if (next.type === 'silence') this.commit(next.until);
        else this.parts.send({ type: 'done', commit: this.committed });
      }
    } finally {
      this.isWorking = false;
      this.parts.idle();
    }
  }

  private async transcribe(utterance: Extract<Covered, { type: 'utterance' }>): Promise<void> {
    const { start, end, samples, guess, finalText, endedAt } = utterance;
    const { decoder, metrics, flow, send } = this.parts;
    const decoded = (await guess) ?? (await decoder.final(samples, this.signal));
    this.signal.throwIfAborted();
    const { language, confidence } = decoded;
    const heard = flow.write(decoded.text, language);
    const text = finalText?.(heard) ?? heard;
    if (text === '') return this.commit(end);
    flow.end(text);
    decoder.decide(language);
    // Words of a text that was changed would contradict it.
    const words = text === heard ? decoded.words : undefined;
    this.advanceTo(end);
    this.finals += 1;
    metrics.final(decoder.isLive ? performance.now() - endedAt : undefined);
    send({
      type: 'final',
      n: this.finals,
      utterance: String(start),
      text,
      start,
      end,
      language,
      ...(words && {
        words: words.map(({ word, start: from, end: to }, index) => ({
          word: index === 0 ? writtenAs(text, word) : word,
          start: start + from,
          end: start + to,
        })),
      }),
      ...(confidence !== undefined && { confidence }),
      commit: end,
    });
  }

  private commit(position: number): void {
    this.advanceTo(position);
    this.parts.metrics.commit();
    this.parts.send({ type: 'commit', commit: position });
  }

  private advanceTo(position: number): void {
    this.parts.decoder.countCovered(position - this._committed);
    this._committed = position;
  }
}

/** The first word with the capital, or without it, that the text has. */
function writtenAs(text: string, word: string): string {
  const written = text.slice(0, word.length);
  return written.toLowerCase() === word.toLowerCase() ? written : word;
}
