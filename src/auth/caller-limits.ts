import { z } from 'zod';

const amount = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What may be spent in one window of time; what is not named has no limit of its own. */
const spendLimitSchema = z.strictObject({
  tokens: amount.optional().describe('Tokens of the chat, input and output together.'),
  characters: amount.optional().describe('Characters that are spoken.'),
  audioSeconds: amount.optional().describe('Seconds of audio that are transcribed.'),
  storageBytes: amount.optional().describe('Bytes that are written to what this server keeps.'),
});

/** What one key or token may spend, within what its tenant may. A limit of 0 is none: take away the scope instead. */
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
