import { z } from 'zod';

const TIMEOUT_MS = 1_000;
/** The answer is a dozen figures and the languages. A longer one is refused. */
const MAX_ANSWER_BYTES = 16_384;

const readySchema = z.object({
  engine: z.string().optional(),
  model: z.string().optional(),
  /** Codes that a session may ask for. */
  languages: z.array(z.string().max(3)).max(200).optional(),
  tasks: z.array(z.string()).max(8).optional(),
  detectsLanguage: z.boolean().optional(),
  /** Sessions that are open, and those it would serve at most. */
  sessions: z.number().optional(),
  capacity: z.number().optional(),
  loadMs: z.number().optional(),
  /** Of the worker and its engine hosts. */
  memoryBytes: z.number().optional(),
  /** The next better model that its machine can serve. */
  nextModel: z.string().optional(),
  /** The model of sessions that began before the last change. */
  formerModel: z.string().optional(),
  change: z
    .object({
      state: z.enum(['loading', 'waiting', 'failed']),
      model: z.string(),
      reason: z.string().optional(),
    })
    .optional(),
});
export type WorkerHealth = z.output<typeof readySchema>;

/**
 * What the workers can do, as `/health/ready` tells it.
 * @returns `languages` as codes with blanks between them, `auto` first where the model detects the language
 */
export function captionDetail(health: WorkerHealth): {
  [name: string]: string | number | boolean | null;
} {
  const { model, languages, tasks, detectsLanguage, loadMs, memoryBytes, change } = health;
  return {
    model: model ?? null,
    ...(loadMs !== undefined && { loadMs }),
    ...(memoryBytes !== undefined && { memoryMb: Math.round(memoryBytes / 1_000_000) }),
    ...(change && { change: `${change.model}: ${change.reason ?? change.state}` }),
    ...(languages && { languages: [...(detectsLanguage ? ['auto'] : []), ...languages].join(' ') }),
    ...(tasks && { translates: tasks.includes('translate') }),
  };
}

/** Asks a worker's `/health/ready`. Undefined when it is not ready or does not answer. */
export async function askWorkerHealth(address: string): Promise<WorkerHealth | undefined> {
  const url = new URL('/health/ready', address);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) return undefined;
    return readySchema.parse(JSON.parse(await readText(response)));
  } catch {
    return undefined;
  }
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError('The answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
