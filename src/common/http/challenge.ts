import { ForbiddenError, UnauthorizedError } from '../errors/caller-errors.js';

const SCHEME = 'Bearer realm="parley"';

/** `WWW-Authenticate` (RFC 6750, 3): what a caller would have to show. Nothing where no credential would help. */
export function challengeOf(error: unknown): string | undefined {
  if (error instanceof UnauthorizedError)
    return error.credential === 'missing' ? SCHEME : `${SCHEME}, error="invalid_token"`;
  if (error instanceof ForbiddenError && error.scope !== undefined)
    return `${SCHEME}, error="insufficient_scope", scope="${error.scope}"`;
  return undefined;
}
