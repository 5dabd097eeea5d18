import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loggerOptions } from './logger-options.js';

function logged(fields: object): string {
  let output = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString();
      done();
    },
  });
  pino(loggerOptions({ level: 'info', format: 'json' }), sink).info(fields, 'Something happened');
  return output;
}

describe(loggerOptions.name, () => {
  it.each([
    { apiKey: 'swordfish' },
    { text: 'swordfish' },
    { request: { input: 'swordfish' } },
    { request: { headers: { authorization: 'Bearer swordfish' } } },
  ])('keeps secrets and words out of %j', (fields) => {
    expect(logged(fields)).not.toContain('swordfish');
  });

  it('keeps ids, sizes and durations', () => {
    expect(JSON.parse(logged({ sessionId: 's1', durationMs: 12 }))).toMatchObject({
      msg: 'Something happened',
      sessionId: 's1',
      durationMs: 12,
    });
  });
});
