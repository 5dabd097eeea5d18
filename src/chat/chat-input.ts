import { z } from 'zod';
import { numberOf } from '../common/text/number-of.js';
import { readerOptionsSchema } from './runs/delivery/reader-options.js';

const MAX_GRACE_MS = 600_000;

/** Names a run for its caller. Printable ASCII without blanks, so that it fits into URLs and logs. */
const requestIdSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/);

const messageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().min(1),
});

/** As the provider calls it; without one the server's default. */
export const modelNameSchema = z.string().min(1).max(200).optional();

/** Options for the model. The ranges are OpenAI's. */
const modelOptions = {
  model: modelNameSchema,
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  maxTokens: z.number().int().positive().optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
};

/** A number, or one written out, as in a query. */
const anyNumber = (schema: z.ZodType<number, number>) => z.preprocess(numberOf, schema);

/** Options for the life of the run. */
export const runOptionShape = {
  requestId: requestIdSchema.optional(),
  onDisconnect: z.enum(['cancel', 'continue']).optional(),
  graceMs: anyNumber(z.number().int().min(0).max(MAX_GRACE_MS)).optional(),
};

const runOptionsSchema = z.object(runOptionShape);
export type RunOptionsInput = z.output<typeof runOptionsSchema>;

/** Body of `POST /chat`. */
export const chatBodySchema = z
  .strictObject({
    text: z.string().trim().min(1).optional(),
    messages: z.array(messageSchema).min(1).max(1_000).optional(),
    ...modelOptions,
    responseFormat: z.looseObject({ type: z.string() }).optional(),
    ...runOptionShape,
    ...readerOptionsSchema.shape,
  })
  .refine(({ text, messages }) => (text === undefined) !== (messages === undefined), {
    path: ['text'],
    message: 'Either text or messages must be given.',
  })
  .meta({ examples: [{ text: 'What time is it in Seoul?' }] });
export type ChatInput = z.output<typeof chatBodySchema>;

/** Query of `GET /chat`, where every value is a string. */
export const chatQuerySchema = z.object({
  text: z.string().trim().min(1),
  model: modelNameSchema,
  temperature: anyNumber(z.number().min(0).max(2)).optional(),
  topP: anyNumber(z.number().min(0).max(1)).optional(),
  maxTokens: anyNumber(z.number().int().positive()).optional(),
  ...runOptionShape,
  ...readerOptionsSchema.shape,
});
