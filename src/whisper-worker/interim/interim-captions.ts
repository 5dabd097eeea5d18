import type { Interim } from '../../common/captions/interim.js';
import { keepPrefix } from '../../common/text/keep-prefix.js';
import type { WorkerMetrics } from '../metrics/worker-metrics.js';
import type { DecodedUtterance } from '../engine.js';
import type { SentenceFlow } from '../session/sentence-flow.js';
import type { SessionDecoder } from '../session/session-decoder.js';
import { captionChange } from './caption-flicker.js';
import { LocalAgreement } from './local-agreement.js';

export interface InterimSettings {
  /** Least time between two. */
  everyMs: number;
  /** When a word is shown: `LocalAgreement` says what they mean. */
  pace: 'steady' | 'fast';
}

export interface InterimParts {
  decoder: SessionDecoder;
  metrics: WorkerMetrics;
  flow: SentenceFlow;
  /** What is heard behind so many samples of an utterance is not promised. */
  surestSamples: number;
  onInterim(interim: Interim): void;
}

interface OpenCaption {
  start: number;
  /** Up to where the decode reached that came last. */
  end: number;
  agreement: LocalAgreement;
  decodes: number;
  revision: number;
  text: string;
  /** The text sent as stable: the final begins with it. */
  promised: string;
}

/**
 * After a decode captions pause for a multiple of its duration, so that slow models and busy lanes lengthen the pause: once behind
 * the first decode of an utterance, for a reader waits for its first words, and up to three times later on.
 */
const MOST_REST = 3;

/**
 * Captions while somebody speaks: decodes the open utterance again and again, at a cadence that gives way to load, and says what
 * has changed. Only the newest counts, one runs at a time, and what finds no free lane is left out.
 */
export class InterimCaptions {
  private caption: OpenCaption | undefined;
  private isRunning = false;
  private notBefore = 0;

  constructor(
    private readonly settings: InterimSettings,
    private readonly parts: InterimParts,
  ) {}

  /** Call it as the utterance grows. `read` gives its samples so far. */
  grow(start: number, end: number, read: () => Float32Array, signal: AbortSignal): void {
    const now = performance.now();
    const caption = this.caption?.start === start ? this.caption : this.begin(start, now);
    if (this.isRunning || now < this.notBefore) return;
    const decode = this.parts.decoder.optional('interim', read(), signal);
    if (!decode) return this.drop(now);
    this.isRunning = true;
    this.notBefore = now + this.settings.everyMs;
    caption.decodes += 1;
    const rest = Math.min(caption.decodes, MOST_REST);
    void decode
      .then((decoded) => this.show(start, end, decoded, false))
      // A failed interim is left out. The final reports a broken engine.
      .catch(() => undefined)
      .finally(() => {
        this.isRunning = false;
        const tookMs = performance.now() - now;
        this.notBefore = Math.max(this.notBefore, now + tookMs * (1 + rest));
      });
  }

  /** The speaker has paused, and what was decoded of the utterance up to there is not its final: as good as a decode of its own. */
  pause(start: number, end: number, decoded: DecodedUtterance): void {
    this.notBefore = Math.max(this.notBefore, performance.now() + this.settings.everyMs);
    this.show(start, end, decoded, true);
  }

  /**
   * The utterance is over; a decode of it that still runs says nothing more.
   * @param heard what it was decoded to
   * @returns its final text: that, but with what was promised, and its words written as they were shown
   */
  end(heard: string): string {
    const { caption } = this;
    const final = caption ? caption.agreement.asShown(keepPrefix(caption.promised, heard)) : heard;
    if (caption) this.count(caption.text, final);
    this.caption = undefined;
    return final;
  }

  private begin(start: number, now: number): OpenCaption {
    const agreement = new LocalAgreement(this.parts.decoder.language, this.settings.pace);
    const caption = { start, end: start, agreement, decodes: 0, revision: 0, text: '', promised: '' };
    this.caption = caption;
    // The first half second rarely holds a word.
    this.notBefore = Math.max(this.notBefore, now + this.settings.everyMs);
    return caption;
  }

  /** No lane is free; it looks for one again soon, for decodes are short. */
  private drop(now: number): void {
    this.notBefore = now + this.settings.everyMs / 4;
    this.parts.metrics.interim('dropped');
  }

  private show(start: number, end: number, decoded: DecodedUtterance, isPaused: boolean): void {
    const caption = this.caption;
    if (caption?.start !== start || end < caption.end || decoded.text === '') return;
    const { language } = decoded;
    const hypothesis = this.parts.flow.write(decoded.text, language);
    const { text, stable: agreed } = caption.agreement.update(hypothesis, isPaused);
    caption.end = end;
    if (text === '') return;
    if (end - start <= this.parts.surestSamples) caption.promised = text.slice(0, agreed);
    caption.revision += 1;
    this.count(caption.text, text);
    caption.text = text;
    this.parts.metrics.interim('sent');
    const { revision, promised } = caption;
    this.parts.onInterim({
      utterance: String(start),
      revision,
      text,
      stable: promised.length,
      start,
      end,
      language,
    });
  }

  private count(before: string, after: string): void {
    const { emitted, retracted } = captionChange(before, after);
    this.parts.metrics.characters(emitted, retracted);
  }
}
