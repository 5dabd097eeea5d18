import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ForbiddenError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { ApiKeyVerifier } from './api-key.verifier.js';
import { authConfig } from './auth.config.js';
import type { Caller } from './caller.js';
import { RefusalLog } from './refusal-log.js';
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
    private readonly verifier: ApiKeyVerifier,
    private readonly log: RefusalLog,
  ) {
    this.policy = {
      origins: config.corsOrigins,
      allowLocalhostOrigins: config.allowLocalhostOrigins,
      hosts: config.allowedHosts,
      isKeyless: config.keys.length === 0,
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
  verify(key: string | undefined, requestId: string | null): Caller {
    try {
      return this.verifier.verify(key);
    } catch (error) {
      if (error instanceof UnauthorizedError) this.log.tell('key', { requestId, reason: error.message });
      throw error;
    }
  }

  /** @throws ForbiddenError unless `refusal` is undefined */
  refuse(refusal: Refusal | undefined, { headers, requestId }: Arrival): void {
    if (refusal === undefined) return;
    const { host, origin, referer } = headers;
    this.log.tell(refusal, { requestId, host, origin: origin ?? originOf(referer) });
    throw new ForbiddenError(REFUSALS[refusal]);
  }
}

/** Of a page's address only its origin is logged: the rest may hold a person's words. */
function originOf(referer: string | undefined): string | undefined {
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined;
}
