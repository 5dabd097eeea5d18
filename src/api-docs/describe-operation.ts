import { z } from 'zod';
import type {
  AnswerDescription,
  ErrorClass,
  RouteDescription,
} from '../common/api-description/describe.decorator.js';
import { httpErrorSchema } from '../common/api-description/error-schemas.js';
import type { JsonSchema } from '../common/api-description/schema-writer.js';
import { ForbiddenError, OverloadedError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { AuthUnavailableError } from '../common/errors/provider-errors.js';
import { httpStatusOf } from '../common/errors/error-body.js';
import type { ErrorCode, ParleyError } from '../common/errors/parley-error.js';
import { openAiStatusOf, toOpenAiError } from '../openai/openai-error.js';

/** The part of an OpenAPI operation that is filled in here. */
export interface Operation {
  summary?: string;
  description?: string;
  parameters?: JsonSchema[];
  requestBody?: JsonSchema;
  security?: Record<string, string[]>[];
  responses: Record<string, JsonSchema>;
}

interface ObjectSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

export interface OperationContext {
  describe: (schema: z.ZodType, io: 'input' | 'output') => JsonSchema;
  /** The route answers headers only. */
  isHead: boolean;
  /** The route needs no key. */
  isPublic: boolean;
  /** The route takes a token in its address. */
  takesToken: boolean;
  /** Failures have OpenAI's shape. */
  isOpenAi: boolean;
}

const errorBody = z.object({ error: httpErrorSchema }).meta({
  id: 'ErrorBody',
  examples: [
    {
      error: {
        code: 'bad_request',
        type: 'invalid_request_error',
        message: 'text must be a string.',
        param: 'text',
        requestId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      },
    },
  ],
});
const openAiErrorBody = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }) satisfies z.ZodType<ReturnType<typeof toOpenAiError>>,
  })
  .meta({
    id: 'OpenAiErrorBody',
    examples: [
      {
        error: {
          message: 'input must not be blank.',
          type: 'invalid_request_error',
          param: 'input',
          code: 'bad_request',
        },
      },
    ],
  });

/** Writes what a route's description says into its operation. */
export function describeOperation(
  operation: Operation,
  route: RouteDescription,
  context: OperationContext,
): void {
  operation.summary = route.summary;
  if (route.description !== undefined) operation.description = route.description;
  operation.security = context.isPublic ? [] : [{ key: [] }];
  operation.parameters = [...(operation.parameters ?? []), ...parametersOf(route, context)];
  if (route.body)
    operation.requestBody = {
      required: true,
      content: { 'application/json': { schema: context.describe(route.body, 'input') } },
    };
  operation.responses = {
    ...failuresOf(route, context),
    ...Object.fromEntries(
      Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, context)]),
    ),
  };
  for (const parameter of operation.parameters) if (parameter['in'] === 'query') writeAsText(parameter);
}

/** A query holds texts. The description of a field that is an object elsewhere says how it is written. */
function writeAsText(parameter: JsonSchema): void {
  const { type, description } = parameter['schema'] as JsonSchema;
  if (type === 'object') parameter['schema'] = { type: 'string' };
  if (description !== undefined) parameter['description'] = description;
}

const QUERY_TOKEN: JsonSchema = {
  name: 'token',
  in: 'query',
  required: false,
  description: 'A token of `POST /auth/tokens`, where no header can be sent. Never a key.',
  schema: { type: 'string' },
};

function parametersOf(
  { query, headers = {} }: RouteDescription,
  { describe, takesToken }: OperationContext,
): JsonSchema[] {
  const { properties = {}, required = [] }: ObjectSchema = query ? describe(query, 'input') : {};
  return [
    ...(takesToken ? [QUERY_TOKEN] : []),
    ...Object.entries(properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ];
}

function answerOf(answer: AnswerDescription, { describe, isHead }: OperationContext): JsonSchema {
  const { description, content = {}, headers = {} } = answer;
  const media = Object.entries(content).map(([type, schema]) => [
    type,
    { schema: schema === 'binary' ? { type: 'string', format: 'binary' } : describe(schema, 'output') },
  ]);
  return {
    description,
    ...(!isHead && media.length > 0 && { content: Object.fromEntries(media) as JsonSchema }),
    ...(Object.keys(headers).length > 0 && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
    }),
  };
}

/** One response for each status, which names the codes that come with it. */
function failuresOf(
  { errors = [] }: RouteDescription,
  context: OperationContext,
): Record<string, JsonSchema> {
  const { isOpenAi, isHead, isPublic, describe } = context;
  const common: ErrorClass[] = [
    ForbiddenError,
    OverloadedError,
    ...(isPublic ? [] : [UnauthorizedError, AuthUnavailableError]),
  ];
  const codes = new Map<number, Set<ErrorCode>>();
  const add = (code: ErrorCode): void => {
    const status = isOpenAi ? openAiStatusOf({ code, param: null }) : httpStatusOf(code);
    codes.set(status, (codes.get(status) ?? new Set()).add(code));
  };
  for (const error of [...common, ...errors]) add(codeOf(error));
  add('internal');
  const body = isOpenAi ? openAiErrorBody : errorBody;
  return Object.fromEntries(
    [...codes].map(([status, each]) => [
      String(status),
      {
        description: [...each].map((code) => `\`${code}\``).join(', '),
        ...(!isHead && {
          content: { 'application/json': { schema: describe(body, 'output') } },
        }),
        'x-error-codes': [...each],
      },
    ]),
  );
}

/** A class keeps its code as a field of its instances. */
function codeOf(errorClass: ErrorClass): ErrorCode {
  const error: ParleyError = new errorClass();
  return error.code;
}
