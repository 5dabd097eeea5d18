import type { IncomingMessage, ServerResponse } from 'node:http';
import { toHttpErrorBody } from '../common/errors/error-body.js';
import { tellError } from '../common/errors/error-channel.js';
import type { ParleyError } from '../common/errors/parley-error.js';
import type { UpgradeRefusal } from '../common/http/refuse-upgrade.js';
import { requestIdOf } from '../common/http/request-id.js';

/** Answers before, or instead of, the routes, and closes the connection: what else it brings is not read. */
export function sendFailure(response: ServerResponse, status: number, error: ParleyError): void {
  const { req: request } = response;
  const { socket } = request;
  const failure = failureOf(request, status, error);
  response.once('finish', () => socket.destroySoon());
  response.writeHead(status, { ...failure.headers, Connection: 'close' });
  response.end(failure.body);
}

/** What is told, and counted, of a request that is refused before the routes. */
export function failureOf(request: IncomingMessage, status: number, error: ParleyError): UpgradeRefusal {
  const requestId = requestIdOf(request);
  tellError('http', error.code);
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(requestId !== null && { 'X-Request-Id': requestId }),
    },
    body: JSON.stringify({ error: toHttpErrorBody(error, requestId) }),
  };
}
