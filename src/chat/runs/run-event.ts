import { z } from 'zod';
import { httpErrorSchema } from '../../common/api-description/error-schemas.js';
import type { FinishReason } from '../chat-model.js';

/** Why a run was stopped before its end. */
const cancelledBy = z.enum(['user', 'disconnect', 'shutdown']);
export type CancelledBy = z.output<typeof cancelledBy>;

const partial = z.boolean().describe('Some of the answer had been sent.');

/**
 * The event vocabulary of a run (docs/api/chat.md). None may be called `error`, `open` or `message`: browsers raise events of
 * these names themselves.
 */
export const RUN_EVENTS = {
  run: z
    .object({ runId: z.string(), model: z.string(), template: z.string().optional(), createdAt: z.string() })
    .describe('Always first.'),
  step: z.object({
    stepId: z.string(),
    name: z.string(),
    status: z.enum(['started', 'progress', 'done', 'failed']),
    detail: z.string().optional(),
  }),
  source: z.object({
    sourceId: z.string(),
    index: z.number(),
    kind: z.string(),
    title: z.string(),
    url: z.string().optional(),
    snippet: z.string().optional(),
  }),
  reasoning: z.object({ text: z.string() }),
  delta: z.object({ text: z.string() }).describe('The only event that carries the answer.'),
  sentence: z
    .object({ index: z.number(), start: z.number(), end: z.number() })
    .describe('A sentence is complete and may be spoken. Offsets are UTF-16 units of the whole answer.'),
  usage: z
    .object({
      inputTokens: z.number(),
      outputTokens: z.number(),
      totalTokens: z.number(),
      estimated: z.boolean().describe('Counted by us, because the provider did not tell.'),
    })
    .describe('Before every ending.'),
  snapshot: z
    .object({ text: z.string(), uptoSeq: z.number() })
    .describe('The answer up to uptoSeq, in place of deltas that are no longer kept.'),
  done: z.object({
    finishReason: z.enum(['stop', 'length', 'filtered', 'tool_calls']) satisfies z.ZodType<FinishReason>,
    ttftMs: z.number().nullable(),
    durationMs: z.number(),
  }),
  failed: httpErrorSchema.extend({
    retryable: z.boolean(),
    retryAfterMs: z.number().optional(),
    partial,
  }),
  cancelled: z.object({ by: cancelledBy, partial }),
};

export type RunEventData = {
  [Name in keyof typeof RUN_EVENTS]: z.output<(typeof RUN_EVENTS)[Name]>;
};

export type RunEventName = keyof RunEventData;

/** One entry of a run's log. */
export type RunEvent = {
  [Name in RunEventName]: { readonly seq: number; readonly name: Name; readonly data: RunEventData[Name] };
}[RunEventName];

/** Exactly one of them, and nothing after it. A stream that stops without one was cut. */
export function isEnding(event: RunEvent): boolean {
  return event.name === 'done' || event.name === 'failed' || event.name === 'cancelled';
}
