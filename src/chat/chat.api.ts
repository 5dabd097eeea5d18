import { z } from 'zod';
import type { AnswerDescription, RouteDescription } from '../common/api-description/describe.decorator.js';
import { eventStream } from '../common/api-description/event-stream.js';
import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  ResumeExpiredError,
  TooLargeError,
} from '../common/errors/caller-errors.js';
import { PROVIDER_ERRORS } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import { completionSchema } from './openai-api/completion-input.js';
import type { ModelList } from './openai-api/completion-service.js';
import { readerOptionsSchema } from './runs/delivery/reader-options.js';
import { runAnswerSchema } from './runs/delivery/run-answer.js';
import { RUN_EVENTS } from './runs/run-event.js';
import type { TemplateSummary } from './templates/template-catalogue.js';
import { optionsSchema } from './templates/templates.service.js';

/** What the OpenAPI document says of chat. */

const RUN_ERRORS = [
  InvalidInputError,
  TooLargeError,
  RateLimitedError,
  ResumeExpiredError,
  ShuttingDownError,
  ...PROVIDER_ERRORS,
] as const;

const seq = z.object({ seq: z.number() });
const events = eventStream(
  {
    ...Object.fromEntries(
      Object.entries(RUN_EVENTS).map(([name, data]) => [
        name,
        seq.extend(data.shape).describe(data.description ?? `The event ${name}.`),
      ]),
    ),
    ping: z.looseObject({}).describe('The heartbeat of readers that asked for heartbeat=event.'),
  },
  [
    {
      event: 'run',
      id: 'run_5f2c:1',
      data: { seq: 1, runId: 'run_5f2c', model: 'gpt-4o-mini', createdAt: '2026-11-26T12:00:00.000Z' },
    },
    { event: 'delta', id: 'run_5f2c:2', data: { seq: 2, text: 'It is noon.' } },
    {
      event: 'done',
      id: 'run_5f2c:3',
      data: { seq: 3, finishReason: 'stop', ttftMs: 210, durationMs: 480 },
    },
  ],
);

const RUN_ANSWERS: Record<number, AnswerDescription> = {
  200: {
    description:
      'The events of the run, or, with `Accept: application/json`, the finished answer. Exactly one of `done`, `failed` and `cancelled` ends the stream.',
    content: { 'text/event-stream': events, 'application/json': runAnswerSchema },
  },
  202: {
    description: 'With `Prefer: respond-async`: the address of the run, which goes on without readers.',
    content: {
      'application/json': z
        .object({ runId: z.string(), eventsUrl: z.string() })
        .meta({ examples: [{ runId: 'run_5f2c', eventsUrl: '/chat/runs/run_5f2c/events' }] }),
    },
    headers: { Location: 'The address of the events.' },
  },
  204: { description: 'The reader has seen the ending. An EventSource stops.' },
};

const READER_HEADERS = {
  'Last-Event-ID': 'Resumes the run that the id names, behind that event.',
  Prefer: '`respond-async`: answer with the address of the run.',
};

const after = z.string().optional().describe('The seq of the last event that was seen.');

const run = (summary: string, more: Partial<RouteDescription> = {}): RouteDescription => ({
  summary,
  headers: READER_HEADERS,
  query: readerOptionsSchema.extend({ after }),
  answers: RUN_ANSWERS,
  errors: RUN_ERRORS,
  ...more,
});

const HEAD: Partial<RouteDescription> = {
  headers: {},
  answers: { 200: { description: 'Headers only. Nothing is begun.' } },
  errors: [InvalidInputError],
};
const NO_QUERY = z.object({});

export const CHAT = {
  post: run('Asks a question'),
  head: run('Checks a question', { ...HEAD, query: NO_QUERY }),
  get: run('Asks a question, for EventSource', { query: z.object({ after }) }),
};

const FIND_ERRORS = [NotFoundError, ResumeExpiredError] as const;
const STATE: Record<number, AnswerDescription> = {
  200: { description: 'The run as it is.', content: { 'application/json': runAnswerSchema } },
};

export const RUNS = {
  head: run('Tells whether a run is kept', { ...HEAD, query: NO_QUERY, errors: FIND_ERRORS }),
  events: run('Reads the events of a run, or resumes reading', {
    errors: [...RUN_ERRORS, NotFoundError],
  }),
  state: { summary: 'Reads a run as JSON', answers: STATE, errors: FIND_ERRORS },
  cancel: {
    summary: 'Stops a run',
    description: 'The text and the usage so far stay readable. Stopping twice is no error.',
    answers: STATE,
    errors: FIND_ERRORS,
  },
} satisfies Record<string, RouteDescription>;

const templateList = z
  .object({
    templates: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        variables: z.looseObject({}).describe('JSON Schema of the variables.'),
      }) satisfies z.ZodType<TemplateSummary>,
    ),
  })
  .meta({
    examples: [
      {
        templates: [
          {
            name: 'summary',
            description: 'A short summary.',
            variables: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
          },
        ],
      },
    ],
  });

const VARIABLES = 'Beside the options: the variables of the template, as `GET /chat/templates` lists them.';

export const TEMPLATES = {
  list: {
    summary: 'Lists the templates',
    answers: { 200: { description: 'All templates.', content: { 'application/json': templateList } } },
  },
  post: run('Runs a template', {
    description: VARIABLES,
    body: optionsSchema
      .catchall(z.unknown())
      .meta({ examples: [{ name: 'Mina', relation: 'friend', reason: 'birthday', manner: 'warm' }] }),
    errors: [...RUN_ERRORS, NotFoundError],
  }),
  head: run('Checks the variables of a template', {
    ...HEAD,
    query: optionsSchema,
    errors: [InvalidInputError, TooLargeError, NotFoundError],
  }),
  get: run('Runs a template, for EventSource', {
    description: VARIABLES,
    query: optionsSchema.extend({ after }),
    errors: [...RUN_ERRORS, NotFoundError],
  }),
} satisfies Record<string, RouteDescription>;

const model = z
  .looseObject({ id: z.string(), object: z.literal('model') })
  .meta({ examples: [{ id: 'gpt-4o-mini', object: 'model', created: 1_721_172_741, owned_by: 'system' }] });
const models = z.object({ object: z.literal('list'), data: z.array(model) }).meta({
  examples: [{ object: 'list', data: [{ id: 'gpt-4o-mini', object: 'model' }] }],
}) satisfies z.ZodType<ModelList>;
const completion = z.looseObject({}).meta({
  examples: [
    {
      id: 'chatcmpl-57c1',
      object: 'chat.completion',
      created: 1_795_710_264,
      model: 'gpt-4o-mini',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    },
  ],
});

export const OPENAI_CHAT = {
  complete: {
    summary: "OpenAI's chat completions",
    description: 'Fields that are not listed are passed on to the provider as they were written.',
    body: completionSchema,
    answers: {
      200: {
        description: "The provider's completion, or with `stream` its chunks and `[DONE]`.",
        content: { 'application/json': completion, 'text/event-stream': z.string() },
      },
    },
    errors: [InvalidInputError, TooLargeError, RateLimitedError, ShuttingDownError, ...PROVIDER_ERRORS],
  },
  models: {
    summary: 'Lists the models of the provider',
    answers: { 200: { description: 'The models.', content: { 'application/json': models } } },
    errors: PROVIDER_ERRORS,
  },
  model: {
    summary: 'Reads one model',
    answers: { 200: { description: 'The model.', content: { 'application/json': model } } },
    errors: [NotFoundError, ...PROVIDER_ERRORS],
  },
} satisfies Record<string, RouteDescription>;
