import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError, UnauthorizedError } from '../../common/errors/caller-errors.js';
import { CallerWork } from '../caller-work.js';
import type { Caller } from '../caller.js';
import { REVOKED_TOKENS, type RevokedToken, type RevokedTokens } from './revoked-tokens.js';
import { ExpiredTokenError, TOKEN_KINDS, type TokenKind } from './token-kind.js';

/** Ends tokens before their time, and what was begun with them. */
@Injectable()
export class TokenRevocation {
  constructor(
    @Inject(TOKEN_KINDS) private readonly kinds: readonly TokenKind[],
    @Inject(REVOKED_TOKENS) private readonly revoked: RevokedTokens,
    private readonly work: CallerWork,
  ) {}

  /**
   * One that has expired needs no revocation.
   * @throws NotFoundError for what is no token of the caller's tenant
   */
  async revoke(token: string, { tenantId }: Caller): Promise<void> {
    const meant = await this.unexpired(token);
    if (meant === undefined) return;
    if (meant.tenantId !== tenantId) throw noSuchToken();
    try {
      await this.revoked.add(meant);
    } finally {
      // Also when it could not be remembered for long: what runs was not wanted.
      this.work.endToken(meant.id);
    }
  }

  private async unexpired(token: string): Promise<RevokedToken | undefined> {
    const kind = this.kinds.find((each) => each.isOne(token));
    if (!kind) throw noSuchToken();
    try {
      return await kind.identify(token);
    } catch (error) {
      if (error instanceof ExpiredTokenError) return undefined;
      throw error instanceof UnauthorizedError ? noSuchToken() : error;
    }
  }
}

function noSuchToken(): NotFoundError {
  return new NotFoundError('There is no such token.', { param: 'token' });
}
