import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { requestIdOf } from '../common/http/request-id.js';
import { Admission } from './admission.js';
import { apiKeyOf } from './api-key.verifier.js';
import { callerOf, setCaller } from './current-caller.decorator.js';
import { isLivenessProbe } from './liveness-probe.js';
import { NEEDED_SCOPE } from './needs.decorator.js';
import { IS_FOR_ANY_PAGE, IS_PUBLIC } from './public.decorator.js';
import type { Scope } from './scope.js';

/** Admits HTTP requests. Sockets are admitted once, at their handshake, so their messages pass. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    if (isLivenessProbe(request)) return true;
    const { headers } = request;
    const requestId = requestIdOf(request);
    if (this.reflector.get<boolean>(IS_FOR_ANY_PAGE, context.getHandler())) {
      this.admission.checkHost({ headers, requestId });
      return true;
    }
    this.admission.checkSource({ headers, requestId });
    const places = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, places)) return true;
    const caller = callerOf(request) ?? (await this.admission.verify(apiKeyOf(headers), requestId));
    this.admission.checkScope(
      caller,
      this.reflector.getAllAndOverride<Scope | 'key'>(NEEDED_SCOPE, places),
      requestId,
    );
    setCaller(request, caller);
    return true;
  }
}
