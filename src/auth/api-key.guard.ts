import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { InvalidInputError, UnauthorizedError } from '../common/errors/caller-errors.js';
import { whenOver } from '../common/http/when-over.js';
import { requestIdOf } from '../common/http/request-id.js';
import { currentRequest } from '../common/request/request-scope.js';
import { Admission } from './admission.js';
import { apiKeyOf } from './api-key.verifier.js';
import { callerOf, setCaller } from './current-caller.decorator.js';
import { assertConcerns, assertOrigin } from './caller-rights.js';
import type { Caller } from './caller.js';
import { CallerWork } from './caller-work.js';
import { CONCERNS, type Concern } from './concerns.decorator.js';
import { isLivenessProbe } from './liveness-probe.js';
import { NEEDED_SCOPE } from './needs.decorator.js';
import { queryTokenOf, TAKES_QUERY_TOKEN, type QueryToken } from './query-token.js';
import { IS_FOR_ANY_PAGE, IS_PUBLIC } from './public.decorator.js';
import type { Scope } from './scope.js';

/** How long a feature has to tell a client in its own words that its token or key was revoked. */
const LAST_WORD_MS = 500;

/** Admits HTTP requests. Sockets are admitted once, at their handshake, so their messages pass. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
    private readonly work: CallerWork,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    if (isLivenessProbe(request)) return true;
    const { headers } = request;
    const requestId = requestIdOf(request);
    const shown = queryTokenOf(request);
    if (shown === undefined && this.reflector.get<boolean>(IS_FOR_ANY_PAGE, context.getHandler())) {
      this.admission.checkHost({ headers, requestId });
      return true;
    }
    const places = [context.getHandler(), context.getClass()];
    const needed = this.reflector.getAllAndOverride<Scope | 'key' | undefined>(NEEDED_SCOPE, places);
    tellFeature(needed);
    const isPublic = this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, places);
    // A page of any site may use a token that it was given: that is what it was given for.
    if (shown === undefined || isPublic) this.admission.checkSource({ headers, requestId });
    if (isPublic) return true;
    const caller = shown
      ? this.callerBy(shown, request, context)
      : (callerOf(request) ?? (await this.admission.verify(apiKeyOf(headers), requestId)));
    assertOrigin(caller, headers);
    const concern = this.reflector.getAllAndOverride<Concern | undefined>(CONCERNS, places);
    assertConcerns(caller, concern && { kind: concern.kind, id: String(request.params[concern.param]) });
    this.admission.checkScope(caller, needed, requestId);
    setCaller(request, caller);
    const response = context.switchToHttp().getResponse<Response>();
    whenOver(
      response,
      this.work.enter(caller, () => cutLater(response)),
    );
    return true;
  }

  private callerBy(shown: QueryToken, { headers }: Request, context: ExecutionContext): Caller {
    if (!this.reflector.get<boolean>(TAKES_QUERY_TOKEN, context.getHandler()))
      throw new UnauthorizedError('This takes no ?token=: send it in a header.');
    if (apiKeyOf(headers) !== undefined)
      throw new InvalidInputError('token', 'Send one credential: in a header, or as ?token=.');
    if ('refusal' in shown) throw shown.refusal;
    return shown.caller;
  }
}

/** From here on what fails is counted for its feature. */
function tellFeature(needed: Scope | 'key' | undefined): void {
  const scope = currentRequest();
  if (scope && needed !== undefined) scope.feature = needed;
}

/** For the answers that nobody ended otherwise. */
function cutLater(response: Response): void {
  setTimeout(() => response.destroy(), LAST_WORD_MS).unref();
}
