import { describe, expect, it } from '@jest/globals';
import { callerLimitsSchema } from './caller-limits.js';

describe('callerLimitsSchema', () => {
  it('takes limits of any window and unit, and none', () => {
    const limits = { perMinute: { tokens: 10 }, perDay: { tokens: 10, characters: 5 }, concurrentRuns: 2 };

    expect(callerLimitsSchema.parse(limits)).toEqual(limits);
    expect(callerLimitsSchema.parse({})).toEqual({});
  });

  it.each([
    ['a minute that allows more than its day', { perMinute: { tokens: 11 }, perDay: { tokens: 10 } }],
    ['a unit that nobody counts', { perDay: { words: 10 } }],
    ['a limit of nothing', { perDay: { tokens: 0 } }],
    ['half a session', { concurrentSessions: 0.5 }],
    ['a mode that is none', { mode: 'off' }],
  ])('refuses %s', (_what, limits) => {
    expect(callerLimitsSchema.safeParse(limits).success).toBe(false);
  });

  it('names the limit that contradicts', () => {
    const { error } = callerLimitsSchema.safeParse({
      perMinute: { audioSeconds: 90 },
      perDay: { audioSeconds: 60 },
    });

    expect(error?.issues).toEqual([
      expect.objectContaining({
        path: ['perMinute', 'audioSeconds'],
        message: 'must not exceed perDay.audioSeconds (60)',
      }),
    ]);
  });
});
