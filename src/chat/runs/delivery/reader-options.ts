import { z } from 'zod';
import { paceSchema } from './pace.js';

/** How one connection wants to read a run. */
export const readerOptionsSchema = z.object({
  /** What is sent when nothing else has been for a while. `event`: for clients that hide comments. */
  heartbeat: z.enum(['comment', 'event', 'none']).optional(),
  /** `text`: the answer as plain `data:`, for pages that know no event names. */
  format: z.enum(['events', 'text']).optional(),
  pace: paceSchema.optional(),
});

export type ReaderOptions = z.output<typeof readerOptionsSchema>;
