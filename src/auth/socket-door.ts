import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { tellError } from '../common/errors/error-channel.js';
import { NotFoundError } from '../common/errors/caller-errors.js';
import { refuseUpgrade, type UpgradeRefusal } from '../common/http/refuse-upgrade.js';
import { requestIdFrom, requestIdOf } from '../common/http/request-id.js';
import { runInRequest } from '../common/request/request-scope.js';
import { httpStatusOf, toHttpErrorBody } from '../common/errors/error-body.js';

type Listener = (request: IncomingMessage, ...rest: unknown[]) => void;

/**
 * Stands before what Socket.io answers by itself, outside of Express: its client file, handshakes by polling and upgrades.
 * Socket.io's own `allowRequest` answers a refused upgrade with 400, and knows nothing of its file.
 * @param check throws for a request that is refused
 */
export function guardSocketPath(
  server: Server,
  path: string,
  check: (request: IncomingMessage) => void,
): void {
  const requested = takeListeners(server, 'request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = request.url?.startsWith(path) ? refusalBy(check, request) : undefined;
    if (refusal) response.writeHead(refusal.status, refusal.headers).end(refusal.body);
    else for (const listener of requested) listener.call(server, request, response);
  });
  const upgraded = takeListeners(server, 'upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalBy((each) => {
      check(each);
      // Engine.IO would leave it without an answer.
      if (!each.url?.startsWith(path)) throw new NotFoundError('There is nothing at this address.');
    }, request);
    if (refusal) refuseUpgrade(socket, refusal);
    else for (const listener of upgraded) listener.call(server, request, socket, head);
  });
}

function takeListeners(server: Server, event: 'request' | 'upgrade'): Listener[] {
  const listeners = server.listeners(event) as Listener[];
  server.removeAllListeners(event);
  return listeners;
}

function refusalBy(
  check: (request: IncomingMessage) => void,
  request: IncomingMessage,
): UpgradeRefusal | undefined {
  const requestId = requestIdOf(request) ?? requestIdFrom(request.headers);
  return runInRequest({ requestId, arrivedAtMs: performance.now() }, () => {
    try {
      check(request);
      return undefined;
    } catch (error) {
      const body = toHttpErrorBody(error);
      tellError('socket', body.code);
      return {
        status: httpStatusOf(body.code),
        headers: { 'Content-Type': 'application/json', 'X-Request-Id': requestId },
        body: JSON.stringify({ error: body }),
      };
    }
  });
}
