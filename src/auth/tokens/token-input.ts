import { z } from 'zod';
import { callerLimitsSchema } from '../caller-limits.js';
import { BOUND_KINDS, type BoundKind } from '../caller.js';
import { originSchema } from '../origin-schema.js';
import { SCOPES, type Scope } from '../scope.js';

const MAX_TTL_SECONDS = 86_400;
/** Longest token that is looked at; ours are far shorter, those of other issuers carry claims of their own. */
export const MAX_TOKEN_CHARS = 8_192;

const id = z.string().regex(/^[\w.-]{1,128}$/);

/** The scope without which a token could not use what it is bound to. */
const SCOPE_OF: Record<BoundKind, Scope> = { session: 'transcription', run: 'chat', clip: 'tts' };

export const tokenBindSchema = z.strictObject({
  session: id.optional().describe('The one session of live transcription that it may resume and read.'),
  run: id.optional().describe('The one run that it may read and cancel.'),
  clip: id.optional().describe('The one clip that it may play.'),
  origin: originSchema
    .optional()
    .describe('The one origin whose pages may use it, and may read the answers to `?token=`.'),
});

export const tokenInputSchema = z
  .strictObject({
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .describe('What the token may use; the key must have each of them.'),
    ttlSeconds: z.number().int().min(1).max(MAX_TTL_SECONDS).describe('How long it is valid.'),
    limits: callerLimitsSchema
      .optional()
      .describe('What it may spend itself, within what its key and its tenant may.'),
    bind: tokenBindSchema.optional(),
  })
  .superRefine(({ scopes, bind = {} }, context) => {
    const [first, second] = BOUND_KINDS.filter((kind) => bind[kind] !== undefined);
    const refuse = (kind: BoundKind, message: string): void =>
      context.addIssue({ code: 'custom', path: ['bind', kind], message: `bind.${kind} ${message}` });
    if (first === undefined) return;
    if (second !== undefined) refuse(second, `contradicts bind.${first}: a token is bound to one of them.`);
    else if (!scopes.includes(SCOPE_OF[first])) refuse(first, `needs the scope "${SCOPE_OF[first]}".`);
  })
  .meta({
    examples: [
      { scopes: ['tts', 'transcription'], ttlSeconds: 600, bind: { origin: 'https://app.example' } },
    ],
  });
export type TokenInput = z.output<typeof tokenInputSchema>;

export const revokeInputSchema = z
  .strictObject({ token: z.string().min(1).max(MAX_TOKEN_CHARS) })
  .meta({ examples: [{ token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }] });
export type RevokeInput = z.output<typeof revokeInputSchema>;
