import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ForbiddenError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { isFirstEntryOf } from '../common/errors/first-entry.js';
import { AuthUnavailableError } from '../common/errors/provider-errors.js';
import { currentRequestId } from '../common/request/request-scope.js';
import { authConfig } from './auth.config.js';
import type { Caller } from './caller.js';
import { CallerVerifier } from './caller.verifier.js';
import { RefusalLog } from './refusal-log.js';
import type { Scope } from './scope.js';
import { REFUSALS, hostRefusal, sourceRefusal, type Refusal, type SourcePolicy } from './request-source.js';

/** What is known of a request before it is looked at: enough to refuse it and to find it in the log. */
export interface Arrival {
  headers: IncomingHttpHeaders;
  requestId: string | null;
}

/** Who may come in, by whatever way: routes, files, bodies and sockets ask here, and whoever is refused is logged here. */
@Injectable()
export class Admission {
  readonly policy: SourcePolicy;

  constructor(
    @Inject(authConfig.KEY) config: ConfigType<typeof authConfig>,
    private readonly verifier: CallerVerifier,
    private readonly log: RefusalLog,
  ) {
    this.policy = {
      origins: config.corsOrigins,
      allowLocalhostOrigins: config.allowLocalhostOrigins,
      hosts: config.allowedHosts,
      isKeyless: config.isKeyless,
    };
  }

  /** @throws ForbiddenError when nothing at all is served to such a request */
  checkHost(arrival: Arrival): void {
    this.refuse(hostRefusal(arrival.headers, this.policy), arrival);
  }

  /** @throws ForbiddenError when it comes from a page that may not call */
  checkSource(arrival: Arrival): void {
    this.refuse(sourceRefusal(arrival.headers, this.policy), arrival);
  }

  /** @throws UnauthorizedError without a key, or with one that nobody has */
  async verify(secret: string | undefined, requestId: string | null): Promise<Caller> {
    return this.telling(this.verifier.verify(secret), requestId);
  }

  /** @throws UnauthorizedError for everything but a valid token */
  async verifyToken(token: string, requestId: string | null): Promise<Caller> {
    return this.telling(this.verifier.verifyToken(token), requestId);
  }

  private async telling(verified: Promise<Caller>, requestId: string | null): Promise<Caller> {
    try {
      return await verified;
    } catch (error) {
      if (error instanceof UnauthorizedError) this.log.tell('key', { requestId, reason: error.message });
      // The entry of this request: whoever makes up tokens must not fill the log either.
      if (error instanceof AuthUnavailableError && isFirstEntryOf(error))
        this.log.tell('issuer', { requestId });
      throw error;
    }
  }

  /** @throws ForbiddenError when the caller lacks the scope, and where none is named: what nobody opened stays closed */
  checkScope(caller: Caller, scope: Scope | 'key' | undefined, requestId: string | null): void {
    if (scope === 'key') return refuseTokens(caller);
    if (scope === undefined) throw new ForbiddenError('Nobody may use this.');
    if (caller.scopes.has(scope)) return;
    const { tenantId, keyId } = caller;
    this.log.tell('scope', { requestId, tenantId, keyId, scope });
    throw new ForbiddenError(`This key may not use this: it lacks the scope "${scope}".`, { scope });
  }

  /** @throws ForbiddenError when the caller has none of the scopes */
  checkAnyScope(caller: Caller, scopes: readonly Scope[]): void {
    if (!scopes.some((scope) => caller.scopes.has(scope)))
      this.checkScope(caller, scopes[0], currentRequestId());
  }

  /** @throws ForbiddenError unless `refusal` is undefined */
  refuse(refusal: Refusal | undefined, { headers, requestId }: Arrival): void {
    if (refusal === undefined) return;
    const { host, origin, referer } = headers;
    this.log.tell(refusal, { requestId, host, origin: origin ?? originOf(referer) });
    throw new ForbiddenError(REFUSALS[refusal]);
  }
}

function refuseTokens({ token }: Caller): void {
  if (token) throw new ForbiddenError('A token cannot do this: an API key is needed.');
}

/** Of a page's address only its origin is logged: the rest may hold a person's words. */
function originOf(referer: string | undefined): string | undefined {
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined;
}
