import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { CloseCode, MAX_PCM_FRAME_BYTES } from '../../whisper-protocol/messages.js';
import type { SessionFactory } from '../session/session-factory.js';
import { Connection, type ConnectionSettings } from './connection.js';
import type { SharedToken } from './shared-token.js';

const SOCKET_PATH = '/ws';
const RETRY_AFTER_MS = 1_000;

export interface WorkerServerSettings extends ConnectionSettings {
  maxSessions: number;
}

export interface WorkerHealth {
  status: 'ready' | 'restarting';
  engine: string;
  model: string;
  sessions: number;
  maxSessions: number;
  freeLanes: number;
}

/** The worker's one port: sessions at `/ws`, health over HTTP. */
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

  constructor(
    private readonly settings: WorkerServerSettings,
    private readonly token: SharedToken,
    private readonly factory: SessionFactory,
    private readonly describe: () => { engine: string; freeLanes: number },
    private readonly logger: Logger,
  ) {
    this.#http = createServer((request, response) => this.answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  get sessions(): number {
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
    const isForeignPage = !this.token.isRequired && request.headers.origin !== undefined;
    if (isForeignPage) return refuseUpgrade(socket, '403 Forbidden');
    if (request.url?.split('?')[0] !== SOCKET_PATH) return refuseUpgrade(socket, '404 Not Found');
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (this.#isDraining) return webSocket.close(CloseCode.restarting, 'restarting');
      if (this.#connections.size >= this.settings.maxSessions) {
        this.logger.warn({ sessions: this.#connections.size }, 'Session refused: all places are taken');
        return webSocket.close(CloseCode.full, `retryAfterMs=${RETRY_AFTER_MS}`);
      }
      const connection = new Connection(webSocket, this.settings, this.token, this.factory, this.logger);
      this.#connections.add(connection);
      webSocket.once('close', () => this.forget(connection));
    });
  }

  private forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  private answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    const isRead = method === 'GET' || method === 'HEAD';
    if (isRead && url === '/health/live') return answerJson(response, 200, { status: 'ok' });
    if (isRead && url === '/health/ready')
      return answerJson(response, this.#isDraining ? 503 : 200, this.health());
    answerJson(response, 404, { error: { code: 'not_found', message: 'There is nothing here.' } });
  }

  private health(): WorkerHealth {
    const { engine, freeLanes } = this.describe();
    return {
      status: this.#isDraining ? 'restarting' : 'ready',
      engine,
      model: this.settings.model,
      sessions: this.#connections.size,
      maxSessions: this.settings.maxSessions,
      freeLanes,
    };
  }
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
