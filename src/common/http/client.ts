import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** Where a request comes from: its sender, not the proxies that passed it on. */
export interface Client {
  /** IP address; IPv4 without the prefix that maps it into IPv6. Empty once the connection is gone. */
  address: string;
  protocol: 'http' | 'https';
  /** What the client calls us: a host name, perhaps with a port. */
  host: string | undefined;
}

const known = new WeakMap<IncomingMessage, Client>();

/** Holds for the request from now on. Only the edge, which knows whom to trust, calls it. */
export function setClient(request: IncomingMessage, client: Client): void {
  known.set(request, client);
}

/** The peer itself, unless the edge has found out more. */
export function clientOf(request: IncomingMessage): Client {
  return known.get(request) ?? peerOf(request);
}

export function peerOf({ socket, headers }: IncomingMessage): Client {
  return {
    address: (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, ''),
    protocol: (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http',
    host: headers.host,
  };
}
