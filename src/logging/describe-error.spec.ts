import { describe, expect, it } from '@jest/globals';
import { ProviderFailedError } from '../common/errors/provider-errors.js';
import { describeError } from './describe-error.js';

const told = Object.assign(new Error('401 your key is swordfish'), { status: 401, code: 'swordfish 1' });

describe(describeError.name, () => {
  it('says of an expected error its code, and only the name of what lies underneath', () => {
    const described = describeError(new ProviderFailedError('The service failed.', { cause: told }));

    expect(described).toEqual({
      type: 'ProviderFailedError',
      code: 'provider_failed',
      message: 'The service failed.',
      cause: 'Error 401',
    });
  });

  it('does not repeat what a service has said', () => {
    expect(describeError(told)).toEqual({ type: 'Error', message: 'Error 401' });
  });

  it('keeps the stack of a fault, and not the text of its cause', () => {
    const described = JSON.stringify(describeError(new TypeError('x is undefined', { cause: told })));

    expect(described).toMatch(/x is undefined.*at .*describe-error/);
    expect(described).not.toContain('swordfish');
  });

  it('looks at the error itself when it is given one that was serialized', () => {
    expect(describeError({ type: 'Error', raw: told })).toEqual(describeError(told));
    expect(describeError('swordfish')).toEqual({ type: 'string' });
  });
});
