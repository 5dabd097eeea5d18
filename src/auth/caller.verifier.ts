import { Injectable } from '@nestjs/common';
import { UnauthorizedError } from '../common/errors/caller-errors.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import type { Caller } from './caller.js';
import { OwnTokens } from './tokens/own-tokens.js';
import { MAX_TOKEN_CHARS } from './tokens/token-input.js';

/** The one verifier of whatever a caller shows, for HTTP requests and for sockets. */
@Injectable()
export class CallerVerifier {
  constructor(
    private readonly keys: ApiKeyVerifier,
    private readonly tokens: OwnTokens,
  ) {}

  /** @throws UnauthorizedError for a secret that is missing, unknown, expired or revoked */
  async verify(secret: string | undefined): Promise<Caller> {
    if (secret !== undefined && secret.length <= MAX_TOKEN_CHARS && OwnTokens.isOne(secret))
      return this.tokens.verify(secret);
    return this.keys.verify(secret);
  }

  /**
   * Where no key is taken, because what is shown there is easily seen by others.
   * @throws UnauthorizedError for everything but a valid token
   */
  async verifyToken(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_CHARS || !OwnTokens.isOne(token))
      throw new UnauthorizedError('This is no token that this server knows.');
    return this.tokens.verify(token);
  }
}
