import { z } from 'zod';

/** Samples at 16 kHz since the start of the session. */
export const positionSchema = z
  .number()
  .int()
  .nonnegative()
  .describe('Samples at 16 kHz since the start of the session.');

/** The open utterance so far, as the worker tells it and as clients get it. */
export const interimSchema = z.object({
  utterance: z.string(),
  revision: z.number().int().positive().describe('Counts the interims of the utterance from 1.'),
  text: z.string(),
  stable: z.number().int().nonnegative().describe('The first characters of the text that never change.'),
  start: positionSchema,
  end: positionSchema,
  language: z.string(),
});
export type Interim = z.output<typeof interimSchema>;
