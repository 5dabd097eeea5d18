import { z } from 'zod';

/** How one connection wants to read a run. */
export const readerOptionsSchema = z.object({
  /** What is sent when nothing else has been for a while. `event`: for clients that hide comments. */
  heartbeat: z.enum(['comment', 'event', 'none']).optional(),
});

export type ReaderOptions = z.output<typeof readerOptionsSchema>;
