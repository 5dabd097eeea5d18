import { Injectable } from '@nestjs/common';
import { ApiKeyVerifier } from './api-key.verifier.js';
import type { Caller } from './caller.js';

/** The one verifier of whatever a caller shows, for HTTP requests and for sockets. */
@Injectable()
export class CallerVerifier {
  constructor(private readonly keys: ApiKeyVerifier) {}

  /** @throws UnauthorizedError for a secret that is missing, unknown, expired or revoked */
  async verify(secret: string | undefined): Promise<Caller> {
    return this.keys.verify(secret);
  }
}
