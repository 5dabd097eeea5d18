import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ForbiddenError } from '../common/errors/caller-errors.js';
import { AppConfig } from '../config/app-config.js';
import { ApiKeyVerifier, apiKeyOf } from './api-key.verifier.js';
import { setCaller } from './current-caller.decorator.js';
import { IS_PUBLIC } from './public.decorator.js';
import { foreignReason, type SourcePolicy } from './request-source.js';
import { sourcePolicyOf } from './source-policy.js';

/** Admits HTTP requests. Sockets are admitted once, at their handshake, so their messages pass. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly policy: SourcePolicy;

  constructor(
    config: AppConfig,
    private readonly verifier: ApiKeyVerifier,
    private readonly reflector: Reflector,
  ) {
    this.policy = sourcePolicyOf(config);
  }

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const reason = foreignReason(request.headers, this.policy);
    if (reason !== undefined) throw new ForbiddenError(reason);
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    setCaller(request, this.verifier.verify(apiKeyOf(request.headers)));
    return true;
  }
}
