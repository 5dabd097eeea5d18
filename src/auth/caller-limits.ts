import { z } from 'zod';

const amount = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What may be spent in one window of time; what is not named has no limit of its own. */
const spendLimitSchema = z.strictObject({
  tokens: amount.optional().describe('Tokens of the chat, input and output together.'),
  characters: amount.optional().describe('Characters that are spoken.'),
  audioSeconds: amount.optional().describe('Seconds of audio that are transcribed.'),
  storageBytes: amount.optional().describe('Bytes that are written to what this server keeps.'),
});

/** What one key or token may spend, beside what its tenant may. A limit of 0 is none: take away the scope instead. */
export const callerLimitsSchema = z
  .strictObject({
    perMinute: spendLimitSchema.optional(),
    perDay: spendLimitSchema.optional(),
    concurrentRuns: z.number().int().min(1).max(1_000_000).optional(),
    concurrentSessions: z.number().int().min(1).max(1_000_000).optional(),
    mode: z
      .enum(['hard', 'soft'])
      .optional()
      .describe('soft: what is over the limit is allowed, and said. Default: hard.'),
  })
  .superRefine(({ perMinute = {}, perDay = {} }, context) => {
    for (const [unit, minute] of Object.entries(perMinute)) {
      const day = perDay[unit as keyof typeof perDay];
      if (minute === undefined || day === undefined || minute <= day) continue;
      context.addIssue({
        code: 'custom',
        path: ['perMinute', unit],
        message: `must not exceed perDay.${unit} (${day})`,
      });
    }
  });

export type CallerLimits = Readonly<z.output<typeof callerLimitsSchema>>;
export type SpendLimit = Readonly<z.output<typeof spendLimitSchema>>;

/** What both allow: the lesser of each limit. Over it one may go only where neither is hard. */
export function narrowLimits(
  outer: CallerLimits | undefined,
  inner: CallerLimits | undefined,
): CallerLimits | undefined {
  if (outer === undefined || inner === undefined) return outer ?? inner;
  return {
    perMinute: lesser(outer.perMinute, inner.perMinute),
    perDay: lesser(outer.perDay, inner.perDay),
    concurrentRuns: least(outer.concurrentRuns, inner.concurrentRuns),
    concurrentSessions: least(outer.concurrentSessions, inner.concurrentSessions),
    mode: outer.mode === 'soft' && inner.mode === 'soft' ? 'soft' : 'hard',
  };
}

function lesser(a: SpendLimit = {}, b: SpendLimit = {}): SpendLimit {
  return {
    tokens: least(a.tokens, b.tokens),
    characters: least(a.characters, b.characters),
    audioSeconds: least(a.audioSeconds, b.audioSeconds),
    storageBytes: least(a.storageBytes, b.storageBytes),
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
