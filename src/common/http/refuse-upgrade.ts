import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

export interface UpgradeRefusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Answers an upgrade that is refused as any other request would be, and closes the connection. */
export function refuseUpgrade(socket: Duplex, { status, headers: given, body }: UpgradeRefusal): void {
  // Whoever is refused may be gone by now.
  socket.on('error', () => undefined);
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    ...Object.entries(given).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
