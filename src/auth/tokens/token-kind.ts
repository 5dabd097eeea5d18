import { UnauthorizedError } from '../../common/errors/caller-errors.js';
import type { Caller } from '../caller.js';
import type { RevokedToken } from './revoked-tokens.js';

/** Tokens that are verified in the same way: ours, or those of an identity provider. */
export interface TokenKind {
  /** Whether it says that it is one of these; `verify` tells whether that is true. */
  isOne(token: string): boolean;

  /** @throws UnauthorizedError for a token that is not valid, has expired or was revoked */
  verify(token: string): Promise<Caller>;

  /**
   * What is remembered of a token when it is revoked, whether it was already or not.
   * @throws ExpiredTokenError for one that needs no revocation
   * @throws UnauthorizedError for one that is not valid
   */
  identify(token: string): Promise<RevokedToken>;
}

/** Every kind that this server takes; a token is of the first kind that claims it. */
export const TOKEN_KINDS = Symbol('TOKEN_KINDS');

export class ExpiredTokenError extends UnauthorizedError {
  constructor() {
    super('This token has expired.');
  }
}

export class RevokedTokenError extends UnauthorizedError {
  constructor() {
    super('This token was revoked.');
  }
}
