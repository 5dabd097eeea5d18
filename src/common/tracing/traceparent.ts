import { isSpanContextValid, ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api';
import { currentSpan, isTracing } from './spans.js';

/** W3C Trace Context: version, trace, span, flags. A later version may add fields behind them, which say nothing to us. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,400})?$/;

/** Longest that is read. */
export const MAX_TRACEPARENT_CHARS = 512;

/**
 * The span of a caller, as the parent of ours. What is none is passed over, as the standard wants it: a trace is never a reason to refuse
 * a request. `tracestate` and `baggage` are not read, because whatever a caller writes into them would go on to providers.
 */
export function readTraceparent(value: unknown): Context | undefined {
  if (!isTracing || typeof value !== 'string' || value.length > MAX_TRACEPARENT_CHARS) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(value) ?? [];
  if (version === '00' && rest !== undefined) return undefined;
  const caller = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(caller) ? trace.setSpanContext(ROOT_CONTEXT, caller) : undefined;
}

/** How others are told of a span; without one, of that in which the code runs. Undefined outside of any trace. */
export function traceparentOf(span: Span | undefined = currentSpan()): string | undefined {
  const found = isTracing ? span?.spanContext() : undefined;
  if (!found || !isSpanContextValid(found)) return undefined;
  return `00-${found.traceId}-${found.spanId}-0${found.traceFlags & 1}`;
}
