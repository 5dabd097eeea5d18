import { randomBytes } from 'node:crypto';
import { configSlice, type EnvOf } from '../../config/config-slice.js';
import { count, list, text } from '../../config/env-variables.js';
import { fromProject } from '../../config/project-paths.js';
import { parseTokenSecret, tokenSecretEntrySchema, type TokenSecret } from './token-secret-entry.js';

const variables = {
  AUTH_TOKEN_SECRETS: list(
    '',
    'id:secret pairs that sign the tokens of POST /auth/tokens, newest first; tokens of one that is taken out are refused; empty: made up at each start, which ends all tokens; needed with several gateways',
    tokenSecretEntrySchema,
  ),
  AUTH_TOKEN_MAX_REVOKED: count(
    10_000,
    'revoked tokens that are remembered for each tenant until they would have expired; beyond it revoking answers overloaded',
  ),
  AUTH_REVOKED_TOKENS_DIR: text(
    'var/revoked-tokens',
    'folder that remembers revoked tokens beyond a restart, with AUTH_TOKEN_SECRETS or AUTH_JWT_ISSUER; a relative path counts from the project',
  ),
} as const;

/** Whose tokens outlive this process as well. */
interface Issuer {
  readonly AUTH_JWT_ISSUER?: string | undefined;
}

export const tokensConfig = configSlice(
  'tokens',
  'Tokens',
  variables,
  (env: EnvOf<typeof variables> & Issuer) => {
    const given = env.AUTH_TOKEN_SECRETS.map(parseTokenSecret);
    const secrets: readonly [TokenSecret, ...TokenSecret[]] =
      given.length > 0
        ? (given as [TokenSecret, ...TokenSecret[]])
        : [parseTokenSecret(`start-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('hex')}`)];
    const isOutlived = given.length > 0 || env.AUTH_JWT_ISSUER !== undefined;
    return {
      secrets,
      maxRevoked: env.AUTH_TOKEN_MAX_REVOKED,
      /** Undefined: no token is valid after a restart. */
      revokedDir: isOutlived ? fromProject(env.AUTH_REVOKED_TOKENS_DIR) : undefined,
    };
  },
);
