import { z } from 'zod';

/**
 * What a worker tells the process that started it, over the IPC channel of `child_process.fork`. Sent once, when sessions
 * are accepted. The worker ends itself when the channel closes.
 */
export const workerChildMessageSchema = z.object({
  type: z.literal('listening'),
  port: z.number().int().min(1).max(65_535),
});
export type WorkerChildMessage = z.output<typeof workerChildMessageSchema>;
