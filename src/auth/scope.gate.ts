import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Socket } from 'socket.io';
import { currentRequest } from '../common/request/request-scope.js';
import { EventGate } from '../common/sockets/event-gate.js';
import { Admission } from './admission.js';
import { NEEDED_SCOPE } from './needs.decorator.js';
import type { Scope } from './scope.js';
import type { AdmittedSocketData } from './socket-admission.js';

/** Holds each event to the scope that its gateway needs. */
@Injectable()
export class ScopeGate implements EventGate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
  ) {}

  check(context: ExecutionContext): void {
    const { caller } = context.switchToWs().getClient<Socket>().data as AdmittedSocketData;
    const places = [context.getHandler(), context.getClass()];
    const needed = this.reflector.getAllAndOverride<Scope | 'key' | undefined>(NEEDED_SCOPE, places);
    const scope = currentRequest();
    if (scope && needed !== undefined) scope.feature = needed;
    this.admission.checkScope(caller, needed, scope?.requestId ?? null);
  }
}
