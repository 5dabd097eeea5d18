import { describe, expect, it } from '@jest/globals';
import { InvalidInputError, OverloadedError } from './caller-errors.js';
import { httpStatusOf, toHttpErrorBody, toSocketErrorBody } from './error-body.js';
import { ProviderFailedError } from './provider-errors.js';
import { SequenceGapError } from './session-errors.js';

const CAUSE = new Error('ECONNREFUSED 10.1.2.3 with key sk-swordfish');

describe(toHttpErrorBody.name, () => {
  it('names the offending field and the request', () => {
    expect(toHttpErrorBody(new InvalidInputError('voice', 'No such voice.'), 'r1')).toEqual({
      code: 'bad_request',
      type: 'invalid_request_error',
      message: 'No such voice.',
      param: 'voice',
      requestId: 'r1',
    });
  });

  it.each([
    [
      'an error of ours with a cause',
      new ProviderFailedError('The speech service failed.', { cause: CAUSE }),
    ],
    ['a surprise', CAUSE],
    ['something that is no error', 'sk-swordfish'],
  ])('says nothing of what is inside %s', (_what, error) => {
    expect(JSON.stringify([toHttpErrorBody(error, null), toSocketErrorBody(error)])).not.toMatch(
      /swordfish|10\.1\.2\.3/,
    );
  });

  it('calls a surprise internal', () => {
    expect(httpStatusOf(toHttpErrorBody(CAUSE, null).code)).toBe(500);
  });
});

describe(toSocketErrorBody.name, () => {
  it('says when to try again', () => {
    expect(toSocketErrorBody(new OverloadedError('Full.', { retryAfterMs: 250 }))).toEqual({
      code: 'overloaded',
      message: 'Full.',
      retryable: true,
      retryAfterMs: 250,
    });
  });

  it('names the chunk that is missing', () => {
    expect(toSocketErrorBody(new SequenceGapError(7))).toMatchObject({
      code: 'seq_gap',
      expected: 7,
      param: 'seq',
    });
  });
});
