import { trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { beforeAll, describe, expect, it } from '@jest/globals';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);

describe('a traceparent', () => {
  let sut: typeof import('./traceparent.js');
  let spans: typeof import('./spans.js');

  // An SDK is there before whatever traces, as with `node --import`.
  beforeAll(async () => {
    trace.setGlobalTracerProvider(new TracerProvider());
    spans = await import('./spans.js');
    sut = await import('./traceparent.js');
  });

  const read = (value: unknown) => {
    const found = sut.readTraceparent(value);
    return found && trace.getSpanContext(found);
  };

  it.each([
    ['sampled', `00-${TRACE}-${SPAN}-01`, 1],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, 0],
    ['with flags that are not known yet', `00-${TRACE}-${SPAN}-fd`, 1],
    ['of a later version', `01-${TRACE}-${SPAN}-01`, 1],
    ['of a later version with more fields', `cc-${TRACE}-${SPAN}-01-what-ever`, 1],
  ])('is read: %s', (_, value, traceFlags) => {
    expect(read(value)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
  });

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['several headers', [`00-${TRACE}-${SPAN}-01`]],
    ['empty', ''],
    ['words', 'anything at all'],
    ['a forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more fields than its version has', `00-${TRACE}-${SPAN}-01-x`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a trace that is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['too long', `01-${TRACE}-${SPAN}-01-${'x'.repeat(500)}`],
    ['a line behind it', `00-${TRACE}-${SPAN}-01\nX-Evil: 1`],
  ])('is passed over when it is %s', (_, value) => {
    expect(read(value)).toBeUndefined();
  });

  it('of a span names its trace and itself', () => {
    const parent = sut.readTraceparent(`00-${TRACE}-${SPAN}-01`)!;
    const span = spans.beginSpan('one', { parent });

    expect(sut.traceparentOf(span)).toBe(`00-${TRACE}-${span.spanContext().spanId}-01`);
  });

  it('says where a trace is not kept that it is not', () => {
    const parent = sut.readTraceparent(`00-${TRACE}-${SPAN}-00`)!;

    expect(sut.traceparentOf(spans.beginSpan('one', { parent }))).toMatch(/-00$/);
  });

  it('is none outside of any trace', () => {
    expect(sut.traceparentOf()).toBeUndefined();
  });
});
