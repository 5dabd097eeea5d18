import { describe, expect, it } from '@jest/globals';
import { FailureReport } from './failure-report.js';

describe('FailureReport', () => {
  it('logs the first of many failures, by the kind of its cause and not by its words', () => {
    const entries: unknown[] = [];
    const sut = new FailureReport((fields, message) => entries.push({ ...fields, message }));
    for (let count = 0; count < 100; count += 1)
      sut.failed(Object.assign(new Error('what a collector said'), { code: 'ECONNREFUSED' }));

    expect(entries).toEqual([{ cause: 'Error ECONNREFUSED', message: 'Telemetry could not be exported' }]);
  });
});
