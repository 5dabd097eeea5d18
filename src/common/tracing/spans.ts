import {
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { ParleyError } from '../errors/parley-error.js';

const tracer = trace.getTracer('parley');

/** Stands for every span while nothing is traced. */
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/**
 * Whether spans go anywhere. An SDK is loaded before us (`node --import`) or not at all, so it is asked once: its spans have an id,
 * those of the bare API have none.
 */
export const isTracing = isSpanContextValid(tracer.startSpan('probe').spanContext());

export interface SpanStart {
  kind?: SpanKind;
  /** Ids, sizes, durations and names of ours: never text, audio, keys or addresses with a query. */
  attributes?: Attributes;
  /** By default the span in which the code runs. */
  parent?: Context;
  /** Milliseconds since the epoch, of what has begun before; by default now. */
  startTime?: number;
}

export function beginSpan(name: string, { parent, ...options }: SpanStart = {}): Span {
  return isTracing ? tracer.startSpan(name, options, parent ?? context.active()) : NO_SPAN;
}

/** Runs `work` in the span: its own spans become children, its log entries carry the id, its calls of providers, too. */
export function within<Result>(span: Span, work: () => Result): Result {
  return isTracing ? context.with(trace.setSpan(context.active(), span), work) : work();
}

/** Runs `work` where `parent` says, or in no trace at all. */
export function inTrace<Result>(parent: Context | undefined, work: () => Result): Result {
  return isTracing ? context.with(parent ?? ROOT_CONTEXT, work) : work();
}

/** Where the code runs now, for work that goes on elsewhere. */
export function currentTrace(): Context | undefined {
  return isTracing ? context.active() : undefined;
}

/** As the parent of what belongs to the span and runs elsewhere. */
export function traceOf(span: Span): Context | undefined {
  return isTracing ? trace.setSpan(ROOT_CONTEXT, span) : undefined;
}

/** Runs `work` in a span of its own. @param work resolves with why it failed; undefined: it did not */
export async function inSpan(name: string, start: SpanStart, work: () => Promise<unknown>): Promise<void> {
  const span = beginSpan(name, start);
  endSpan(span, await within(span, work));
}

/** The span in which the code runs, for what is found out later. */
export function currentSpan(): Span | undefined {
  return isTracing ? trace.getActiveSpan() : undefined;
}

/** Adds to the span in which the code runs, if there is one. */
export function annotate(attributes: Attributes): void {
  currentSpan()?.setAttributes(attributes);
}

/**
 * Ends a span, once.
 * @param failure why what it stands for failed; its message stays here, because it may repeat what somebody said
 */
export function endSpan(span: Span, failure?: unknown): void {
  if (!span.isRecording()) return;
  if (failure !== undefined) {
    span.setAttribute('error.type', typeof failure === 'string' ? failure : errorType(failure));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** The ids of the trace for a log entry, under the names that collectors know. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const found = currentSpan()?.spanContext();
  return found && isSpanContextValid(found) ? { trace_id: found.traceId, span_id: found.spanId } : {};
}

function errorType(failure: unknown): string {
  if (failure instanceof ParleyError) return failure.code;
  return failure instanceof Error && failure.name === 'AbortError' ? 'cancelled' : 'internal';
}
