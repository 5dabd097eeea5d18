import { describe, expect, it } from '@jest/globals';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { ProviderFailedError, ProviderTimeoutError } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { cutCall } from './cut-call.js';

const TIMEOUT = new ProviderTimeoutError('It took too long.');
const BROKEN = new ProviderFailedError('It broke down.');

describe(cutCall.name, () => {
  it.each([
    ['a provider that breaks down', BROKEN],
    ['a fault of ours in the middle of its answer', new Error('oops')],
  ])('calls %s a failure', (_what, error) => {
    expect(cutCall(error, new AbortController().signal)).toEqual({ outcome: 'failed', reason: error });
  });

  it('calls the silence that we ended a failure, by its own reason', () => {
    expect(cutCall(new Error('aborted'), AbortSignal.abort(TIMEOUT))).toEqual({
      outcome: 'failed',
      reason: TIMEOUT,
    });
  });

  it.each([
    ['a caller who is gone', new DOMException('gone', 'AbortError')],
    ['a run that was cancelled', 'the run has ended'],
    ['a shutdown', new ShuttingDownError()],
    ['a key that was revoked', new UnauthorizedError('revoked')],
  ])('calls it left for %s, whatever the provider says of that', (_what, reason) => {
    expect(cutCall(BROKEN, AbortSignal.abort(reason))).toEqual({ outcome: 'left', reason });
  });
});
