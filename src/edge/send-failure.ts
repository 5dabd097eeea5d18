import type { ServerResponse } from 'node:http';
import { toHttpErrorBody } from '../common/errors/error-body.js';
import type { ParleyError } from '../common/errors/parley-error.js';
import { requestIdOf } from '../common/http/request-id.js';

/** Answers before, or instead of, the routes, and closes the connection: what else it brings is not read. */
export function sendFailure(response: ServerResponse, status: number, error: ParleyError): void {
  const { req: request } = response;
  const { socket } = request;
  response.once('finish', () => socket.destroySoon());
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' });
  response.end(JSON.stringify({ error: toHttpErrorBody(error, requestIdOf(request)) }));
}
