import { Logger } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { toHttpErrorBody } from '../../common/errors/error-body.js';
import { describeCause } from '../../common/errors/describe-cause.js';
import { tellError } from '../../common/errors/error-channel.js';
import { isFirstEntryOf } from '../../common/errors/first-entry.js';
import { ParleyError } from '../../common/errors/parley-error.js';
import { SentenceSplitter, type Sentence } from '../../common/text/sentence-splitter.js';
import { ProviderFailedError, ProviderTimeoutError } from '../../common/errors/provider-errors.js';
import type { FinishReason } from '../chat-model.js';
import type { CancelledBy, RunEvent } from './run-event.js';
import { RunLog } from './run-log.js';
import { UsageMeter } from './usage/usage-meter.js';

/** What is fixed when a run begins. */
export interface RunOptions {
  id: string;
  tenantId: string;
  /** Who pays for it. */
  caller: Caller;
  model: string;
  template?: string;
  /** The caller's own name for the run: asking again with it attaches instead of paying twice. */
  requestId?: string;
  /** Tells apart two requests that use the same `requestId`. */
  fingerprint: string;
  onDisconnect: 'cancel' | 'continue';
  graceMs: number;
}

export interface RunLimits {
  logBytes: number;
  outputChars: number;
  maxMs: number;
}

/** What the work of a run may do to it. */
export interface RunContext {
  /** Who pays for what the work spends. */
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** The provider has taken the request: whatever fails from now on is told in band. */
  accepted(): void;
  emit: RunLog['append'];
  /** Where every model call of the run is counted. */
  readonly meter: UsageMeter;
}

/** Made once: an error with its stack costs more than the rest of an ending. */
const RUN_ENDED = Object.assign(new Error('The run has ended.'), { name: 'AbortError' });

export type RunWork = (context: RunContext) => Promise<FinishReason>;

export type RunStatus = 'running' | 'done' | 'failed' | 'cancelled';

/**
 * One generation. It lives apart from the connections that read it; only `onDisconnect` makes it depend on them.
 */
export class Run {
  readonly createdAt = new Date();
  readonly log: RunLog;
  /** Resolves once the provider has accepted the request; rejects when it never did. */
  readonly accepted: Promise<void>;
  /** Resolves once the last event is in the log. Never rejects. */
  readonly ended: Promise<void>;
  /** Resolves once the provider's work has ended as well. Never rejects. */
  readonly settled: Promise<void>;

  private readonly logger = new Logger(Run.name);
  private readonly work = new AbortController();
  private readonly startedAt = performance.now();
  private readonly meter = new UsageMeter();
  private readonly sentences = new SentenceSplitter();
  private sentenceCount = 0;
  private readonly timer: NodeJS.Timeout;
  private firstTokenAt: number | undefined;
  private _failure: unknown;
  private isAccepted = false;
  private isWorkOver = false;
  private readers = 0;
  private isKnownToReader = false;
  private grace: NodeJS.Timeout | undefined;
  private accept!: () => void;
  private refuse!: (reason: unknown) => void;
  private markEnded!: () => void;

  constructor(
    readonly options: RunOptions,
    private readonly limits: RunLimits,
    work: RunWork,
  ) {
    this.log = new RunLog(limits.logBytes);
    this.accepted = new Promise((resolve, reject) => {
      this.accept = resolve;
      this.refuse = reject;
    });
    // Nobody may be waiting for it, as when a chain fails in its middle.
    this.accepted.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
    this.timer = setTimeout(
      () => this.fail(new ProviderTimeoutError('The answer took too long.')),
      limits.maxMs,
    );
    const { id, model, template } = options;
    this.log.append('run', {
      runId: id,
      model,
      ...(template !== undefined && { template }),
      createdAt: this.createdAt.toISOString(),
    });
    this.settled = this.drive(work);
  }

  get id(): string {
    return this.options.id;
  }

  get status(): RunStatus {
    const ending = this.log.ending?.name;
    return ending === 'done' || ending === 'failed' || ending === 'cancelled' ? ending : 'running';
  }

  /** Why the run failed, for callers who get a status instead of an event. */
  get failure(): unknown {
    return this._failure;
  }

  /**
   * Counts a reader.
   * @returns the detach: call it when the reader's connection has ended. Further calls do nothing.
   */
  attach(): () => void {
    this.readers += 1;
    clearTimeout(this.grace);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.readers -= 1;
      if (this.readers === 0) this.onDeserted();
    };
  }

  get hasReader(): boolean {
    return this.readers > 0;
  }

  /** Whether a reader was sent the run's id. */
  get isKnown(): boolean {
    return this.isKnownToReader;
  }

  /** A reader was sent the run's id, so it can come back. */
  becomeKnown(): void {
    this.isKnownToReader = true;
  }

  /** Stops the generation now. Does nothing once the run has ended. */
  cancel(by: CancelledBy): void {
    if (this.log.ending) return;
    this.end({ name: 'cancelled', data: { by, partial: this.log.textLength > 0 } });
  }

  /** Ends the run because its caller may not go on. Does nothing once the run has ended. */
  revoke(reason: Error): void {
    this.fail(reason);
  }

  private onDeserted(): void {
    if (this.log.ending || this.options.onDisconnect === 'continue') return;
    const canComeBack = this.isKnownToReader || this.options.requestId !== undefined;
    if (!canComeBack || this.options.graceMs === 0) this.cancel('disconnect');
    else this.grace = setTimeout(() => this.cancel('disconnect'), this.options.graceMs);
  }

  private async drive(work: RunWork): Promise<void> {
    try {
      const finishReason = await work({
        caller: this.options.caller,
        signal: this.work.signal,
        accepted: () => {
          this.isAccepted = true;
          this.accept();
        },
        emit: this.emit,
        meter: this.meter,
      });
      this.isWorkOver = true;
      if (this.log.ending) return;
      this.emitSentences(this.sentences.end());
      const ttftMs = this.firstTokenAt === undefined ? null : this.since(this.firstTokenAt);
      this.end({ name: 'done', data: { finishReason, ttftMs, durationMs: this.since(performance.now()) } });
    } catch (error) {
      this.fail(error);
    }
  }

  private readonly emit: RunLog['append'] = (name, data) => {
    if (this.log.ending) return;
    if (name === 'delta') this.firstTokenAt ??= performance.now();
    this.log.append(name, data);
    if (name === 'delta' && 'text' in data) this.emitSentences(this.sentences.feed(data.text));
    if (this.log.textLength > this.limits.outputChars) {
      this.fail(new ProviderFailedError('The answer is longer than this server keeps.'));
    }
  };

  private emitSentences(sentences: readonly Sentence[]): void {
    for (const sentence of sentences) {
      this.log.append('sentence', { index: this.sentenceCount, ...sentence });
      this.sentenceCount += 1;
    }
  }

  private fail(error: unknown): void {
    if (this.log.ending) return;
    this._failure = error;
    const data = {
      ...toHttpErrorBody(error),
      retryable: error instanceof ParleyError && error.retryable,
      ...(error instanceof ParleyError &&
        error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
      partial: this.log.textLength > 0,
    };
    tellError('run', data.code);
    this.end({ name: 'failed', data });
  }

  private end(
    ending: Pick<Extract<RunEvent, { name: 'done' | 'failed' | 'cancelled' }>, 'name' | 'data'>,
  ): void {
    clearTimeout(this.timer);
    clearTimeout(this.grace);
    this.log.append('usage', this.meter.total());
    this.log.append(ending.name, ending.data);
    if (!this.isWorkOver) this.work.abort(this._failure ?? RUN_ENDED);
    if (this._failure === undefined) this.accept();
    else this.refuse(this._failure);
    this.markEnded();
    this.logEnding(ending.name);
  }

  private logEnding(ending: RunStatus): void {
    const { id: runId, _failure: failure } = this;
    const fields = { runId, ending, events: this.log.lastSeq, durationMs: this.since(performance.now()) };
    if (failure === undefined) this.logger.log(fields, 'Run ended');
    // Whoever waits for it to be accepted is thrown the failure, which has the entry of that request.
    else if (!this.isAccepted) this.logger.debug(fields, 'Run ended');
    else if (!isFirstEntryOf(failure)) return;
    else if (!(failure instanceof ParleyError))
      this.logger.error({ ...fields, err: failure }, 'Run failed unexpectedly');
    else {
      const { code, cause } = failure;
      this.logger.warn(
        { ...fields, code, ...(cause !== undefined && { cause: describeCause(cause) }) },
        'Run failed',
      );
    }
  }

  private since(time: number): number {
    return Math.round(time - this.startedAt);
  }
}
