import { z } from 'zod';
import type { RouteDescription } from '../../common/api-description/describe.decorator.js';
import { ConflictError, ForbiddenError, InvalidInputError } from '../../common/errors/caller-errors.js';
import type { PullState } from './model-pull.js';
import type { ModelsBody } from './models-body.js';

/** What the OpenAPI document says of the models. */

export const useModelSchema = z
  .strictObject({ model: z.string().min(1).max(128).describe('One of the names that the list has.') })
  .meta({ examples: [{ model: 'small' }] });
export type UseModel = z.output<typeof useModelSchema>;

const PULL_EXAMPLE = {
  model: 'small',
  state: 'downloading' as const,
  doneBytes: 120_000_000,
  totalBytes: 375_485_327,
};

const pull = z
  .object({
    model: z.string(),
    state: z
      .enum(['waiting', 'downloading', 'checking', 'done', 'failed', 'cancelled'])
      .describe('waiting: another process pulls the same model. done: it is here and chosen.'),
    doneBytes: z.number().int(),
    totalBytes: z.number().int().describe('0 while it is not known.'),
    message: z.string().optional().describe('Of a pull that failed: what to do.'),
  })
  .meta({ examples: [PULL_EXAMPLE] }) satisfies z.ZodType<PullState>;

const models = z
  .object({
    inUse: z.string().nullable().describe('The model that new sessions get; null while no worker is ready.'),
    loadMs: z.number().nullable().describe('How long it took to load.'),
    memoryBytes: z
      .number()
      .nullable()
      .describe('Of the worker and its engine processes, where the system tells.'),
    formerModel: z.string().nullable().describe('The model of sessions that began before the last change.'),
    change: z
      .object({
        state: z.enum(['loading', 'waiting', 'failed']),
        model: z.string(),
        reason: z.string().optional(),
      })
      .nullable()
      .describe('What becomes of a model that was chosen and is not in use.'),
    nextModel: z
      .string()
      .nullable()
      .describe('The next better model that the machine of the worker can serve.'),
    canUse: z.boolean().describe('Whether the caller can change the model over HTTP.'),
    refusal: z.string().nullable().describe('Why not. The command of each model is what to run instead.'),
    pull: pull.nullable().describe('The last pull that was begun over HTTP.'),
    models: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['in use', 'default', 'here', 'damaged', 'incomplete', 'absent']),
        downloadBytes: z.number().nullable(),
        memoryBytes: z.number().nullable().describe('Of each engine process, approximately.'),
        languages: z.array(z.string()).readonly().nullable(),
        licence: z.object({ name: z.string(), url: z.string() }).nullable(),
        command: z.string(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        inUse: 'whisper-base',
        loadMs: 1_200,
        memoryBytes: 520_000_000,
        formerModel: null,
        change: null,
        nextModel: 'small',
        canUse: true,
        refusal: null,
        pull: PULL_EXAMPLE,
        models: [
          {
            name: 'small',
            state: 'absent',
            downloadBytes: 375_000_000,
            memoryBytes: 725_000_000,
            languages: ['many'],
            licence: { name: 'MIT', url: 'https://github.com/openai/whisper/blob/main/LICENSE' },
            command: 'npm run models -- use small',
          },
        ],
      },
    ],
  }) satisfies z.ZodType<ModelsBody>;

export const LIST_MODELS: RouteDescription = {
  summary: 'Lists the models that speech can be heard with',
  description: 'Also how far a pull is: ask again for its progress.',
  answers: {
    200: { description: 'The model in use and all others.', content: { 'application/json': models } },
  },
};

export const USE_MODEL: RouteDescription = {
  summary: 'Changes to another model',
  description:
    'Pulls it in the background where it is not here. New sessions get it once it is loaded; sessions that run go on with the former one. With API keys it needs one with the scope `admin`.',
  answers: { 202: { description: 'It has begun.', content: { 'application/json': pull } } },
  errors: [InvalidInputError, ForbiddenError, ConflictError],
};

export const CANCEL_PULL: RouteDescription = {
  summary: 'Ends the pull that goes on',
  description: 'What has come is kept: the next pull goes on there.',
  answers: { 204: { description: 'No pull goes on.' } },
  errors: [ForbiddenError],
};
