import type { IncomingHttpHeaders } from 'node:http';
import { ForbiddenError, NotFoundError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { BOUND_KINDS, type BoundKind, type Caller } from './caller.js';

/** @throws UnauthorizedError when the caller's key or token has ended since it was admitted */
export function assertNotExpired({ expiresAtMs = Infinity, token }: Caller): void {
  if (Date.now() < expiresAtMs) return;
  throw new UnauthorizedError(
    token
      ? 'This token has expired: what runs goes on, and nothing more begins.'
      : 'This API key has expired.',
  );
}

/**
 * @throws ForbiddenError when the caller's token is bound to something of another kind
 * @throws NotFoundError when it is bound to another of this kind: it does not learn whether this one exists
 */
export function assertConcerns(
  { token }: Caller,
  concerned: { kind: BoundKind; id: string } | undefined,
): void {
  const bound = BOUND_KINDS.find((kind) => token?.bind[kind] !== undefined);
  if (bound === undefined) return;
  if (concerned?.kind !== bound)
    throw new ForbiddenError(`This token is bound to one ${bound} and cannot do this.`);
  if (concerned.id !== token?.bind[bound]) throw new NotFoundError(`There is no such ${bound}.`);
}

/** @throws ForbiddenError when the caller's token is bound to pages of an origin, and this is none of them */
export function assertOrigin({ token }: Caller, { origin, referer }: IncomingHttpHeaders): void {
  const bound = token?.bind.origin;
  if (bound === undefined) return;
  const page =
    origin ?? (referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined);
  if (page !== bound)
    throw new ForbiddenError('This token is bound to pages of an origin, and this is none of them.');
}
