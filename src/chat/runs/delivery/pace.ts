import { z } from 'zod';

/** How fast one reader wants the answer. The provider is read at full speed whatever it says. */
export interface Pace {
  unit: 'grapheme' | 'word';
  intervalMs: number;
  /** A reader who is further behind than this gets more units at once. */
  maxLagMs?: number | undefined;
}

const MAX_INTERVAL_MS = 2_000;

const paceObjectSchema = z.strictObject({
  unit: z.enum(['grapheme', 'word']),
  intervalMs: z.number().int().min(1).max(MAX_INTERVAL_MS),
  maxLagMs: z.number().int().min(1).max(600_000).optional(),
});

/** An object, or `unit:intervalMs[:maxLagMs]` for queries, e.g. `grapheme:100`. */
export const paceSchema: z.ZodType<Pace> = z
  .preprocess((value) => {
    if (typeof value !== 'string') return value;
    const [unit, intervalMs, maxLagMs, ...rest] = value.split(':');
    if (rest.length > 0) return undefined;
    return {
      unit,
      intervalMs: Number(intervalMs ?? Number.NaN),
      ...(maxLagMs !== undefined && { maxLagMs: Number(maxLagMs) }),
    };
  }, paceObjectSchema)
  .describe('In a query unit:intervalMs[:maxLagMs], e.g. grapheme:100.');
