import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const ACCEPTABLE = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * Gives every request an id before anything else can fail: the caller's own `X-Request-Id` when it is harmless, else a new
 * one. It is in the answer's headers, in error bodies and in the log.
 */
export function assignRequestId(
  request: IncomingMessage & { id?: unknown },
  response: ServerResponse,
  next: () => void,
): void {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
  request.id = id;
  response.setHeader('X-Request-Id', id);
  next();
}

export function requestIdOf(request: object): string | null {
  return 'id' in request && typeof request.id === 'string' ? request.id : null;
}
