import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Context } from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { catchError, map, Observable, of, throwError } from 'rxjs';
import { runInRequest } from '../request/request-scope.js';
import { inTrace } from '../tracing/spans.js';
import type { SocketErrorBody } from '../errors/error-body.js';
import { describeFailure } from './describe-failure.js';
import { EventGate } from './event-gate.js';

/** Tells a client of a failed event by an event of its own, beside the acknowledgement that the client may not have asked for. */
export const OnFailure = Reflector.createDecorator<(socket: never, failure: SocketErrorBody) => void>();

export type Acknowledgement = { ok: true } | ({ ok: false } & SocketErrorBody);

/** Acknowledges each event of a gateway: `{ ok: true }` with what its handler returns, or `{ ok: false }` with the failure or refusal. */
@Injectable()
export class AcknowledgeInterceptor implements NestInterceptor<object | undefined, Acknowledgement> {
  constructor(
    private readonly reflector: Reflector,
    private readonly gate: EventGate,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<object | undefined>): Observable<Acknowledgement> {
    return inEventScope(context, () => this.admitted(context, next)).pipe(
      map((result) => ({ ok: true as const, ...result })),
      catchError((error: unknown) => {
        const failure = describeFailure(error);
        const tell = this.reflector.get(OnFailure, context.getHandler());
        tell?.(context.switchToWs().getClient<never>(), failure);
        return of({ ok: false as const, ...failure });
      }),
    );
  }

  private admitted(
    context: ExecutionContext,
    next: CallHandler<object | undefined>,
  ): Observable<object | undefined> {
    try {
      this.gate.check(context);
    } catch (error) {
      return throwError(() => error);
    }
    return next.handle();
  }
}

/** What the handshake has left on a socket. */
interface ConnectionData {
  requestId?: string;
  /** The span of whoever has opened the connection. */
  trace?: Context;
}

/** An event is handled, and its failure is described, in a scope of its own, under the id of its connection. */
function inEventScope<Result>(
  context: ExecutionContext,
  handle: () => Observable<Result>,
): Observable<Result> {
  const { data } = context.switchToWs().getClient<{ data?: ConnectionData }>();
  const scope = { requestId: data?.requestId ?? randomUUID(), arrivedAtMs: performance.now() };
  return new Observable((subscriber) =>
    inTrace(data?.trace, () => runInRequest(scope, () => handle().subscribe(subscriber))),
  );
}
