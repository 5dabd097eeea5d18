import { z } from 'zod';
import type { RouteDescription } from '../../common/api-description/describe.decorator.js';
import { InvalidInputError, NotFoundError } from '../../common/errors/caller-errors.js';
import { SCOPES } from '../scope.js';

/** What the OpenAPI document says of tokens. */

const minted = z
  .object({
    token: z.string().describe('Sent as the key is, or as `?token=` where no header can be sent.'),
    expiresAt: z.iso.datetime(),
    scopes: z.array(z.enum(SCOPES)),
  })
  .meta({
    examples: [
      { token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln', expiresAt: '2026-11-27T12:00:00.000Z', scopes: ['tts'] },
    ],
  });

export const TOKENS = {
  mint: {
    summary: 'Makes a token for a page or a phone',
    description: 'With an API key only. A key gives away scopes that it has.',
    answers: { 201: { description: 'The token.', content: { 'application/json': minted } } },
    errors: [InvalidInputError],
  },
  revoke: {
    summary: 'Ends a token before its time, and what it has begun',
    description: 'With an API key of the same tenant. A token that has expired already is no error.',
    answers: { 204: { description: 'It is valid no more.' } },
    errors: [InvalidInputError, NotFoundError],
  },
} satisfies Record<string, RouteDescription>;
