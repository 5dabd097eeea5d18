import { describeCause } from '../common/errors/describe-cause.js';
import { ParleyError } from '../common/errors/parley-error.js';

/**
 * How an error is logged. An expected one by its code, without a stack. Of any other the stack says where it arose. What lies underneath is
 * named only, and so is the answer of a service, which has a status: its text may repeat a key or a person's words.
 */
export function describeError(given: unknown): object {
  const error = rawOf(given);
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause === undefined ? {} : { cause: describeCause(error.cause) };
  if (error instanceof ParleyError)
    return { type: error.name, code: error.code, message: error.message, ...cause };
  if ('status' in error) return { type: error.name, message: describeCause(error), ...cause };
  return { type: error.name, message: error.message, stack: error.stack, ...cause };
}

/** pino-http serializes an error before it asks, and keeps the error itself as `raw`. */
function rawOf(given: unknown): unknown {
  return typeof given === 'object' && given !== null && 'raw' in given ? given.raw : given;
}
