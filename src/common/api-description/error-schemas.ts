import { z } from 'zod';
import { ERROR_CODES, type HttpErrorBody, type SocketErrorBody } from '../errors/error-body.js';

const code = z.enum(ERROR_CODES).meta({ id: 'ErrorCode', description: 'See docs/api/errors.md.' });

/** Fields of a failure over HTTP. */
export const httpErrorSchema = z
  .object({
    code,
    type: z.enum([
      'invalid_request_error',
      'authentication_error',
      'permission_error',
      'not_found_error',
      'rate_limit_error',
      'api_error',
    ]),
    message: z.string(),
    param: z.string().nullable().meta({ description: 'The offending field.' }),
    requestId: z.string().nullable().meta({ description: 'Names the request in the log of the server.' }),
  })
  .meta({ id: 'HttpError' }) satisfies z.ZodType<HttpErrorBody>;

/** Fields of a failure over a socket. */
export const socketErrorSchema = z
  .object({
    code,
    message: z.string(),
    requestId: z.string().optional().meta({ description: "Names the failure in the server's log." }),
    retryable: z.boolean(),
    param: z.string().optional(),
    retryAfterMs: z.number().min(0).optional(),
    expected: z.int().optional().meta({ description: 'With seq_gap: the chunk that is missing.' }),
    limit: z.number().optional().meta({ description: 'With too_large: the largest size that is accepted.' }),
  })
  .meta({
    examples: [{ code: 'rate_limited', message: 'The inbox is full.', retryable: true, retryAfterMs: 500 }],
  }) satisfies z.ZodType<SocketErrorBody>;
