import { z } from 'zod';

export const GROUPINGS = ['day', 'hour', 'model', 'key', 'modality'] as const;
export type Grouping = (typeof GROUPINGS)[number];

const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a day such as 2026-11-26 or a time of ISO 8601',
  })
  .transform((text) => Date.parse(text));

/** Query of `GET /usage`. */
export const usageQuerySchema = z
  .strictObject({
    from: moment
      .optional()
      .describe('The first moment, at most LEDGER_KEEP_DAYS before to. Default: 30 days before it.'),
    to: moment.optional().describe('The first moment that is left out. Default: now.'),
    groupBy: z.enum(GROUPINGS).default('day'),
    tenant: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Another tenant, with the scope admin; * for all of them.'),
  })
  .superRefine(({ from, to }, context) => {
    if (from !== undefined && to !== undefined && from >= to)
      context.addIssue({ code: 'custom', path: ['from'], message: 'must be before to' });
  });
export type UsageInput = z.output<typeof usageQuerySchema>;
