import { describe, expect, it } from '@jest/globals';
import { isFirstEntryOf } from '../common/errors/first-entry.js';
import { AuthUnavailableError } from '../common/errors/provider-errors.js';
import { configurationOf } from '../configuration.js';
import { Admission } from './admission.js';
import type { CallerVerifier } from './caller.verifier.js';
import type { RefusalLog } from './refusal-log.js';

describe(Admission.name, () => {
  it('logs callers whom nobody can judge now by the log that is bounded, and by no other', async () => {
    const told: string[] = [];
    const error = new AuthUnavailableError('The issuer is down.');
    const verifier = { verify: () => Promise.reject(error) } as unknown as CallerVerifier;
    const log = { tell: (kind: string) => told.push(kind) } as unknown as RefusalLog;
    const sut = new Admission(configurationOf({}).auth, verifier, log);

    await expect(sut.verify('token', null)).rejects.toBe(error);
    expect(told).toEqual(['issuer']);
    expect(isFirstEntryOf(error)).toBe(false);
  });
});
