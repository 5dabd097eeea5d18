import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { CloseCode, MAX_PCM_FRAME_BYTES } from '../../whisper-protocol/messages.js';
import { Connection, type ConnectionParts } from './connection.js';
import type { HttpApi } from './http-api.js';

const SOCKET_PATH = '/ws';

export interface WorkerServerParts extends Omit<ConnectionParts, 'logger'> {
  /** Connections, said hello or not, beyond which none is accepted at all. */
  maxConnections: number;
  http: HttpApi;
  logger: Logger;
}

/** The worker's one port: sessions at `/ws`, health and metrics over HTTP. */
export class WorkerServer {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PCM_FRAME_BYTES,
    perMessageDeflate: false,
  });
  readonly #connections = new Set<Connection>();
  #isDraining = false;
  #whenEmpty: (() => void) | undefined;

  constructor(private readonly parts: WorkerServerParts) {
    this.#http = createServer((request, response) => void parts.http.answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Open sockets. */
  get connections(): number {
    return this.#connections.size;
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, host, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    return (this.#http.address() as AddressInfo).port;
  }

  /** Takes no more sessions and gives the open ones `graceMs` to come to the end of their utterance. */
  async close(graceMs: number): Promise<void> {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.#whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const connection of this.#connections) connection.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a token, a page in a browser on this machine could use the worker. Gateways send no Origin.
    const isForeignPage = !this.parts.token.isRequired && request.headers.origin !== undefined;
    if (isForeignPage) return refuseUpgrade(socket, '403 Forbidden');
    if (request.url?.split('?')[0] !== SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found');
    if (this.#connections.size >= this.parts.maxConnections) {
      return refuseUpgrade(socket, '503 Service Unavailable');
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (this.#isDraining) return webSocket.close(CloseCode.restarting, 'restarting');
      const connection = new Connection(webSocket, this.parts);
      this.#connections.add(connection);
      webSocket.once('close', () => this.forget(connection));
    });
  }

  private forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
