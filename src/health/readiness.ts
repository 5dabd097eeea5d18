import { z } from 'zod';
import { COMPONENT_STATUSES, type ComponentHealth } from './health-registry.js';

const component = z.object({
  status: z.enum(COMPONENT_STATUSES),
  provider: z.string().nullable(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
}) satisfies z.ZodType<ComponentHealth>;

/** The answer of `/health/ready`. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    profile: z.enum(['demo', 'standard']),
    components: z.record(z.string(), component),
  })
  .meta({
    examples: [
      {
        status: 'ready',
        profile: 'standard',
        components: {
          chat: { status: 'ok', provider: 'openai' },
          tts: { status: 'unconfigured', provider: null },
        },
      },
    ],
  });
export type Readiness = z.output<typeof readinessSchema>;
