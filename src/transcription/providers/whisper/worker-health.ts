import { z } from 'zod';

const TIMEOUT_MS = 1_000;

const readySchema = z.object({
  engine: z.string().optional(),
  model: z.string().optional(),
  /** Sessions that are open, and those it would serve at most. */
  sessions: z.number().optional(),
  capacity: z.number().optional(),
});
export type WorkerHealth = z.output<typeof readySchema>;

/** Asks a worker's `/health/ready`. Undefined when it is not ready or does not answer. */
export async function askWorkerHealth(address: string): Promise<WorkerHealth | undefined> {
  const url = new URL('/health/ready', address);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) return undefined;
    return readySchema.parse(await response.json());
  } catch {
    return undefined;
  }
}
