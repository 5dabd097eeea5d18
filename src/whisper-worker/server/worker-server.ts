import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { CloseCode, MAX_PCM_FRAME_BYTES } from '../../whisper-protocol/messages.js';
import { Connection, type ConnectionParts } from './connection.js';
import type { HttpApi } from './http-api.js';

const SOCKET_PATH = '/ws';
/** Limits of ws that its types do not know yet. */
const SOCKET_LIMITS = {
  /** In ms: a peer that does not answer a close is cut. */
  closeTimeout: 2_000,
  /** Fragments of one message: a gateway sends none, and TCP delivers a message in a few dozen chunks. */
  maxFragments: 64,
  maxBufferedChunks: 4_096,
};

export interface WorkerServerParts extends Omit<ConnectionParts, 'logger'> {
  /** Connections that are not admitted. Beyond it the oldest is closed, so that silent ones keep no gateway out. */
  maxStrangers: number;
  /** TCP connections of any kind. */
  maxConnections: number;
  http: HttpApi;
  logger: Logger;
}

/** The worker's one port: sessions at `/ws`, health and metrics over HTTP. */
export class WorkerServer {
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PCM_FRAME_BYTES,
    perMessageDeflate: false,
    ...SOCKET_LIMITS,
  });
  private readonly _connections = new Set<Connection>();
  private _isDraining = false;
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly parts: WorkerServerParts) {
    const limits = {
      headersTimeout: parts.helloTimeoutMs,
      connectionsCheckingInterval: parts.helloTimeoutMs,
    };
    this.http = createServer(limits, (request, response) => {
      // An answer that fails is cut off: it must not look complete.
      parts.http.answer(request, response).catch(() => response.destroy());
    });
    this.http.maxConnections = parts.maxConnections;
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  get isDraining(): boolean {
    return this._isDraining;
  }

  /** Open sockets. */
  get connections(): number {
    return this._connections.size;
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, host, () => {
        this.http.off('error', reject);
        resolve();
      });
    });
    return (this.http.address() as AddressInfo).port;
  }

  /** Takes no more sessions and gives the open ones `graceMs` to come to the end of their utterance. */
  async close(graceMs: number): Promise<void> {
    this._isDraining = true;
    for (const connection of this._connections) connection.drain();
    if (this._connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const connection of this._connections) connection.terminate();
    this.sockets.close();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a token, a page in a browser on this machine could use the worker. Gateways send no Origin.
    const isForeignPage = !this.parts.token.isRequired && request.headers.origin !== undefined;
    if (isForeignPage) return refuseUpgrade(socket, '403 Forbidden');
    if (request.url?.split('?')[0] !== SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found');
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (this._isDraining) return webSocket.close(CloseCode.restarting, 'restarting');
      this.makeRoom();
      const connection = new Connection(webSocket, this.parts);
      this._connections.add(connection);
      webSocket.once('close', () => this.forget(connection));
    });
  }

  /** Closes the oldest connection that is not admitted: a gateway sends its hello within milliseconds. */
  private makeRoom(): void {
    const strangers = [...this._connections].filter(({ isStranger }) => isStranger);
    if (strangers.length >= this.parts.maxStrangers) strangers[0]!.terminate();
  }

  private forget(connection: Connection): void {
    this._connections.delete(connection);
    if (this._connections.size === 0) this.whenEmpty?.();
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
