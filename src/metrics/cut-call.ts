import { PROVIDER_ERRORS } from '../common/errors/provider-errors.js';

/** A call of a provider that ended before it was complete. */
export interface CutCall {
  /** `failed`: the provider's doing, silence included. `left`: ours, because nobody waits for it any more or nobody may. */
  outcome: 'failed' | 'left';
  /** Why, whatever the provider's client has made of it. */
  reason: unknown;
}

/**
 * How such a call has ended, with one meaning for all features.
 * @param error what the call has thrown
 * @param signal what the call was given: who aborts it says why
 */
export function cutCall(error: unknown, signal: AbortSignal): CutCall {
  if (!signal.aborted) return { outcome: 'failed', reason: error };
  const { reason }: { reason: unknown } = signal;
  const isTheirs = PROVIDER_ERRORS.some((kind) => reason instanceof kind);
  return { outcome: isTheirs ? 'failed' : 'left', reason };
}
