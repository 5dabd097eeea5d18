import { z } from 'zod';
import { RUN_EVENTS } from '../run-event.js';
import type { Run, RunStatus } from '../run.js';

/** A run as JSON: its state, and the answer as far as it goes. */
export const runAnswerSchema = z
  .object({
    runId: z.string(),
    status: z.enum(['running', 'done', 'failed', 'cancelled']) satisfies z.ZodType<RunStatus>,
    model: z.string(),
    template: z.string().optional(),
    createdAt: z.string(),
    text: z.string(),
    lastSeq: z.number(),
    steps: z.array(RUN_EVENTS.step).optional(),
    sources: z.array(RUN_EVENTS.source).optional(),
    ...RUN_EVENTS.done.partial().shape,
    usage: RUN_EVENTS.usage.optional(),
    error: RUN_EVENTS.failed.optional(),
    cancelledBy: RUN_EVENTS.cancelled.shape.by.optional(),
  })
  .meta({
    examples: [
      {
        runId: 'run_5f2c',
        status: 'done',
        model: 'gpt-4o-mini',
        createdAt: '2026-11-26T12:00:00.000Z',
        text: 'It is noon.',
        lastSeq: 4,
        finishReason: 'stop',
        ttftMs: 210,
        durationMs: 480,
        usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13, estimated: false },
      },
    ],
  });
export type RunAnswer = z.output<typeof runAnswerSchema>;

export function answerOf(run: Run): RunAnswer {
  const { log, options } = run;
  const steps = log.all('step');
  const sources = log.all('source');
  return {
    runId: run.id,
    status: run.status,
    model: options.model,
    ...(options.template !== undefined && { template: options.template }),
    createdAt: run.createdAt.toISOString(),
    text: log.text,
    lastSeq: log.lastSeq,
    ...(steps.length > 0 && { steps }),
    ...(sources.length > 0 && { sources }),
    ...endingOf(run),
  };
}

function endingOf({ log }: Run): Partial<RunAnswer> {
  const { ending } = log;
  if (!ending) return {};
  const [usageData] = log.all('usage');
  const usage = usageData ? { usage: usageData } : {};
  if (ending.name === 'done') return { ...ending.data, ...usage };
  if (ending.name === 'failed') return { error: ending.data, ...usage };
  if (ending.name === 'cancelled') return { cancelledBy: ending.data.by, ...usage };
  return usage;
}
