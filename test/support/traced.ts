import { pathToFileURL } from 'node:url';
import { fromProject } from '../../src/config/project-paths.js';

/** Environment of a built program that exports what it does. */
export const TRACED = {
  NODE_OPTIONS: `--import=${pathToFileURL(fromProject('dist/telemetry/register.js')).href}`,
};

/** A caller's span: 16 bytes of trace and 8 of span, told apart by `digit`. */
export function callerSpan(digit: string): { traceId: string; spanId: string; traceparent: string } {
  const traceId = digit.repeat(32);
  const spanId = digit.repeat(16);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}
