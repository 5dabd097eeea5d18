import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { runInRequest } from '../request/request-scope.js';

const ACCEPTABLE = /^[A-Za-z0-9._-]{8,128}$/;

const arrivals = new WeakMap<object, number>();

/** The caller's own `X-Request-Id` when it is harmless, else a new one. */
export function requestIdFrom(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

/**
 * Gives a request, or an upgrade, its id before anything else can fail (see `requestIdFrom`). It is in the answer's headers, in error bodies
 * and in the log.
 */
export function assignRequestId(
  request: IncomingMessage & { id?: unknown },
  response?: Pick<ServerResponse, 'setHeader'>,
): void {
  const id = requestIdFrom(request.headers);
  request.id = id;
  arrivals.set(request, performance.now());
  response?.setHeader('X-Request-Id', id);
}

/** Everything that follows happens in the scope of the request. Behind what lets a request wait in the context of another one. */
export function enterRequestScope(
  request: IncomingMessage & { id?: unknown },
  _response: ServerResponse,
  next: () => void,
): void {
  const requestId = requestIdOf(request) ?? randomUUID();
  runInRequest({ requestId, arrivedAtMs: arrivals.get(request) ?? performance.now() }, next);
}

export function requestIdOf(request: object): string | null {
  return 'id' in request && typeof request.id === 'string' ? request.id : null;
}
