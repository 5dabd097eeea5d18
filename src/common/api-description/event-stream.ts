import { z } from 'zod';

/** A stream of server-sent events, as an array of what a parser of events gives. The server writes `data` as one line of JSON. */
export function eventStream(
  events: Readonly<Record<string, z.ZodType>>,
  example: readonly { event: string; id?: string; data: unknown }[],
): z.ZodType {
  const kinds = Object.entries(events).map(([event, data]) =>
    z.object({ event: z.literal(event), id: z.string().optional(), data }),
  );
  return z.array(z.union(kinds)).meta({
    description: 'Server-sent events. `data` is sent as one line of JSON.',
    examples: [example],
  });
}
