import { z } from 'zod';
import type { RouteDescription } from '../../common/api-description/describe.decorator.js';
import { ForbiddenError, InvalidInputError, OverloadedError } from '../../common/errors/caller-errors.js';
import { GROUPINGS } from './usage-query.js';
import type { UsageBody } from './usage.service.js';

const amount = z.number().min(0);

const usage = z
  .object({
    tenant: z.string().describe('* for all tenants.'),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    groupBy: z.enum(GROUPINGS),
    currency: z.string().nullable().describe('Null without PRICES_FILE.'),
    pricesOf: z.iso.date().nullable().describe('The day of the prices.'),
    groups: z.array(
      z.object({
        group: z.string(),
        calls: amount,
        inputTokens: amount,
        outputTokens: amount,
        characters: amount,
        audioSeconds: amount,
        storageBytes: amount,
        cost: amount.nullable().describe('Null where a model has no price.'),
      }),
    ),
  })
  .meta({
    examples: [
      {
        tenant: 'acme',
        from: '2026-11-01T00:00:00.000Z',
        to: '2026-11-27T00:00:00.000Z',
        groupBy: 'model',
        currency: 'USD',
        pricesOf: '2026-11-26',
        groups: [
          {
            group: 'gpt-4o-mini',
            calls: 2,
            inputTokens: 1_000,
            outputTokens: 500,
            characters: 0,
            audioSeconds: 0,
            storageBytes: 0,
            cost: 0.00045,
          },
        ],
      },
    ],
  }) satisfies z.ZodType<UsageBody>;

export const READ_USAGE: RouteDescription = {
  summary: 'What was spent',
  description:
    'Counted by the hour: an hour that from or to lies in is counted whole. Any key of the tenant may ask.',
  answers: { 200: { description: 'The groups, in order.', content: { 'application/json': usage } } },
  errors: [InvalidInputError, ForbiddenError, OverloadedError],
};
