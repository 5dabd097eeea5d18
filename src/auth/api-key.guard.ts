import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { requestIdOf } from '../common/http/request-id.js';
import { Admission } from './admission.js';
import { apiKeyOf } from './api-key.verifier.js';
import { setCaller } from './current-caller.decorator.js';
import { isLivenessProbe } from './liveness-probe.js';
import { IS_FOR_ANY_PAGE, IS_PUBLIC } from './public.decorator.js';

/** Admits HTTP requests. Sockets are admitted once, at their handshake, so their messages pass. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
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
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    setCaller(request, this.admission.verify(apiKeyOf(headers), requestId));
    return true;
  }
}
