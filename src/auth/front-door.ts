import type { Request, RequestHandler } from 'express';
import { requestIdOf } from '../common/http/request-id.js';
import { whenOver } from '../common/http/when-over.js';
import type { Admission } from './admission.js';
import { apiKeyOf } from './api-key.verifier.js';
import type { CallerWork } from './caller-work.js';
import { setCaller } from './current-caller.decorator.js';
import { isLivenessProbe } from './liveness-probe.js';
import { isKnownOrigin } from './request-source.js';

/** Refuses everything for hosts that are not served here, files included. Registered before all that answers. */
export function refuseForeignHosts(admission: Admission): RequestHandler {
  return (request, _response, next) => {
    if (!isLivenessProbe(request)) admission.checkHost(arrivalOf(request));
    next();
  };
}

/**
 * Refuses what a stranger would make us do before a route's guard is asked: read and parse a body, or answer the preflight of a
 * page that may not call. Registered behind CORS, so that a listed page can read the refusal.
 */
export function refuseStrangersEarly(admission: Admission, work: CallerWork): RequestHandler {
  return async (request, response, next) => {
    const { headers, method } = request;
    const isPreflight = method === 'OPTIONS' && 'access-control-request-method' in headers;
    if (isPreflight && !isKnownOrigin(headers.origin ?? '', headers.host, admission.policy))
      admission.refuse('origin', arrivalOf(request));
    if (carriesBody(request)) {
      admission.checkSource(arrivalOf(request));
      const caller = await admission.verify(apiKeyOf(headers), requestIdOf(request));
      setCaller(request, caller);
      // A body takes its time, and its sender may be revoked meanwhile. Behind the body the guard sees to it.
      const cut = (): void => void (request.complete || response.destroy());
      whenOver(response, work.enter(caller, cut));
    }
    next();
  };
}

function carriesBody({ headers }: Request): boolean {
  return 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0';
}

function arrivalOf(request: Request): { headers: Request['headers']; requestId: string | null } {
  return { headers: request.headers, requestId: requestIdOf(request) };
}
