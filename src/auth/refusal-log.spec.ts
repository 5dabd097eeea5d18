import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RefusalLog } from './refusal-log.js';

describe(RefusalLog.name, () => {
  const entries: [fields: Record<string, unknown>, message: string][] = [];
  let sut: RefusalLog;
  let nowMs: number;

  beforeEach(() => {
    entries.length = 0;
    nowMs = 1_000;
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (fields: Record<string, unknown>, message: string) => entries.push([fields, message]),
    });
    sut = new RefusalLog(() => nowMs);
  });

  afterEach(() => Logger.overrideLogger(false));

  it.each([
    ['origin', /CORS_ORIGINS/],
    ['site', /CORS_ORIGINS/],
    ['host', /ALLOWED_HOSTS/],
    ['proxy', /API_KEYS/],
    ['key', /API_KEYS/],
  ] as const)('names the variable behind a refused %s, and who it was', (kind, variable) => {
    sut.tell(kind, { origin: 'http://localhost:5173' });

    expect(entries).toEqual([[{ origin: 'http://localhost:5173' }, expect.stringMatching(variable)]]);
  });

  it('writes a few entries of each kind a minute, and then how many it left out', () => {
    for (let count = 0; count < 100; count += 1) sut.tell('origin', {});
    sut.tell('host', {});
    nowMs += 60_000;
    sut.tell('origin', {});

    expect(entries.map(([fields]) => fields)).toEqual([{}, {}, {}, {}, {}, {}, { leftOut: 95 }]);
  });

  it('cuts what a stranger wrote', () => {
    sut.tell('host', { host: 'x'.repeat(10_000) });

    expect(entries[0]?.[0]).toEqual({ host: 'x'.repeat(200) });
  });
});
