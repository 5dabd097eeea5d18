import { Inject, Injectable } from '@nestjs/common';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import type { Caller } from './caller.js';
import { MAX_TOKEN_CHARS } from './tokens/token-input.js';
import { TOKEN_KINDS, type TokenKind } from './tokens/token-kind.js';

/** The one verifier of whatever a caller shows, for HTTP requests and for sockets. */
@Injectable()
export class CallerVerifier {
  constructor(
    private readonly keys: ApiKeyVerifier,
    @Inject(TOKEN_KINDS) private readonly kinds: readonly TokenKind[],
  ) {}

  /**
   * @throws UnauthorizedError for a secret that is missing, unknown, expired or revoked
   * @throws AuthUnavailableError when nobody can tell now
   */
  async verify(secret: string | undefined): Promise<Caller> {
    const kind = this.kindOf(secret);
    return kind ? kind.verify(secret!) : this.keys.verify(secret);
  }

  /**
   * Where no key is taken, because what is shown there is easily seen by others.
   * @throws UnauthorizedError for everything but a valid token
   * @throws AuthUnavailableError when nobody can tell now
   */
  async verifyToken(token: string): Promise<Caller> {
    const kind = this.kindOf(token);
    if (!kind) throw new UnauthorizedError('This is no token that this server knows.');
    return kind.verify(token);
  }

  private kindOf(secret: string | undefined): TokenKind | undefined {
    if (secret === undefined || secret.length > MAX_TOKEN_CHARS) return undefined;
    return this.kinds.find((kind) => kind.isOne(secret));
  }
}
