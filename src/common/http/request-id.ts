import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const ACCEPTABLE = /^[A-Za-z0-9._-]{8,128}$/;

/** The id of a request: the caller's own `X-Request-Id` when it is harmless, else a new one. Sent back in the response. */
export function assignRequestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

/** The id that `assignRequestId` gave to a request (pino-http keeps it in `request.id`). */
export function requestIdOf(request: object): string | null {
  return 'id' in request && typeof request.id === 'string' ? request.id : null;
}
