import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TooLargeError } from '../common/errors/caller-errors.js';
import { setClient } from '../common/http/client.js';
import { refuseUpgrade } from '../common/http/refuse-upgrade.js';
import { assignRequestId } from '../common/http/request-id.js';
import { keepBodyMoving, type BodyPace } from './body-pace.js';
import { secureRefusal } from './secure-refusal.js';
import { secureAnswer } from './security-headers.js';
import { failureOf, sendFailure } from './send-failure.js';
import type { TrustedProxies } from './trusted-proxies.js';

export interface GuardSettings {
  proxies: TrustedProxies;
  pace: BodyPace;
  maxHeaders: number;
}

type Listener = (request: IncomingMessage, ...rest: unknown[]) => void;

/**
 * Stands before everything that answers on this server: routes, files, and what Socket.io does by itself, outside of Express. It takes its
 * place when the server begins to listen, behind which nobody else comes in.
 */
export function guardServer(server: Server, settings: GuardSettings): void {
  server.once('listening', () => {
    const requested = takeListeners(server, 'request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      arrive(request, settings, response);
      secureAnswer(request, response);
      if (hasTooManyHeaders(request, settings)) {
        sendFailure(response, 431, tooManyHeaders(settings));
        return;
      }
      keepBodyMoving(request, response, settings.pace);
      for (const listener of requested) listener.call(server, request, response);
    });
    const upgraded = takeListeners(server, 'upgrade');
    if (upgraded.length === 0) return;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      arrive(request, settings);
      secureRefusal(request, socket);
      if (hasTooManyHeaders(request, settings)) {
        refuseUpgrade(socket, failureOf(request, 431, tooManyHeaders(settings)));
        return;
      }
      for (const listener of upgraded) listener.call(server, request, socket, head);
    });
  });
}

/** Who looks at the host name, wherever that is, sees the one that the client has asked for. */
function arrive(request: IncomingMessage, { proxies }: GuardSettings, response?: ServerResponse): void {
  assignRequestId(request, response);
  const client = proxies.clientOf(request);
  setClient(request, client);
  if (client.host !== undefined) request.headers.host = client.host;
}

function tooManyHeaders({ maxHeaders }: GuardSettings): TooLargeError {
  return new TooLargeError('There are too many headers.', { limit: maxHeaders });
}

/** Node would drop those beyond its own limit in silence, and with them the one by which a proxy is known. */
function hasTooManyHeaders({ rawHeaders }: IncomingMessage, { maxHeaders }: GuardSettings): boolean {
  return rawHeaders.length / 2 > maxHeaders;
}

function takeListeners(server: Server, event: 'request' | 'upgrade'): Listener[] {
  const listeners = server.listeners(event) as Listener[];
  server.removeAllListeners(event);
  return listeners;
}
