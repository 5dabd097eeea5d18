import { z } from 'zod';

/** Only what we look at is checked; the provider knows its own fields best. */
export const completionSchema = z.looseObject({
  model: z.string().min(1).max(200).optional(),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
});

export type CompletionInput = z.output<typeof completionSchema>;
