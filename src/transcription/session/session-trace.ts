import { SpanKind, type Span } from '@opentelemetry/api';
import { samplesToMs } from '../../common/audio/pcm.js';
import { beginSpan, endSpan, isTracing, traceOf, within } from '../../common/tracing/spans.js';
import { readTraceparent, traceparentOf } from '../../common/tracing/traceparent.js';
import type { TranscriberEvent } from '../transcriber.js';

/**
 * A live session as a span, with a span for each utterance: from the first sound that was told until its final is stored and sent. The
 * decodes at the worker are spans of the worker, in the same trace.
 */
export class SessionTrace {
  private readonly span: Span;
  private readonly openedAtMs = Date.now();
  /** When the open utterance began to be heard. */
  private heardSinceMs: number | undefined;
  private utterances = 0;
  private failure: unknown;

  /** @param traceparent the span of the caller, where it is not that in which the code runs */
  constructor(sessionId: string, traceparent?: string) {
    const parent = readTraceparent(traceparent);
    this.span = beginSpan('live session', {
      kind: SpanKind.SERVER,
      attributes: { 'parley.session.id': sessionId },
      ...(parent && { parent }),
    });
  }

  /** What the request to the engine says of it. */
  get forEngine(): { traceparent?: string } {
    const traceparent = isTracing ? traceparentOf(this.span) : undefined;
    return traceparent === undefined ? {} : { traceparent };
  }

  within<Result>(work: () => Result): Result {
    return within(this.span, work);
  }

  /** An event that the client was sent, if it has to be told. */
  told(event: TranscriberEvent): void {
    if (!isTracing) return;
    if (event.type === 'speech' && event.state === 'start') this.heardSinceMs ??= Date.now();
    else if (event.type === 'state') this.span.addEvent(`session ${event.state}`);
    else if (event.type === 'final') this.finished(event.final);
  }

  /** The first failure is what the session is told to have ended by. */
  failed(failure: unknown): void {
    this.failure ??= failure;
  }

  end(): void {
    this.span.setAttribute('parley.session.utterances', this.utterances);
    endSpan(this.span, this.failure);
  }

  private finished({ start, end, latencyMs }: Extract<TranscriberEvent, { type: 'final' }>['final']): void {
    const parent = traceOf(this.span);
    const span = beginSpan('utterance', {
      startTime: this.heardSinceMs ?? this.openedAtMs,
      attributes: {
        'parley.utterance.start_ms': samplesToMs(start),
        'parley.utterance.duration_ms': samplesToMs(end - start),
        'parley.utterance.latency_ms': latencyMs,
      },
      ...(parent && { parent }),
    });
    this.utterances += 1;
    this.heardSinceMs = undefined;
    endSpan(span);
  }
}
