import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import type { AppConfig } from '../config/app-config.js';
import { Admission } from './admission.js';
import { bearerToken } from './api-key.verifier.js';
import type { Caller } from './caller.js';
import { isListedOrigin } from './request-source.js';
import { guardSocketPath } from './socket-door.js';

const PATH = '/socket.io/';

/** What the handshake leaves on a socket for its gateway. */
export interface AdmittedSocketData {
  caller: Caller;
}

/**
 * Socket.io with our door: foreign pages are turned away before the upgrade (CORS does not apply to WebSockets), and a
 * socket without a valid key gets a `connect_error` whose `data` is the usual error body.
 */
export class AdmittingIoAdapter extends IoAdapter {
  private readonly admission: Admission;

  constructor(
    app: INestApplicationContext,
    private readonly config: AppConfig,
  ) {
    super(app);
    this.admission = app.get(Admission);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { policy } = this.admission;
    const server: Server = super.createIOServer(port, {
      ...options,
      allowEIO3: true,
      pingTimeout: 10_000,
      // A base64 string takes a third more than the bytes it carries.
      maxHttpBufferSize: Math.ceil((this.config.transcription.maxChunkBytes * 4) / 3) + 4_096,
      cors: {
        origin: (origin: string | undefined, answer: (error: Error | null, allow?: boolean) => void) =>
          answer(null, origin === undefined || isListedOrigin(origin, policy)),
        credentials: true,
      },
    } as ServerOptions);
    guardSocketPath(this.httpServer as HttpServer, PATH, (request) => this.check(request));
    server.use((socket, next) => this.admit(socket, next));
    return server;
  }

  /** Socket.io's client is a file like those of the page: pages of any site may load it, not under any name. */
  private check({ headers, url = '' }: IncomingMessage): void {
    if (url.startsWith(`${PATH}socket.io`)) this.admission.checkHost({ headers, requestId: null });
    else this.admission.checkSource({ headers, requestId: null });
  }

  private admit(socket: Socket, next: (error?: Error) => void): void {
    try {
      const data: AdmittedSocketData = { caller: this.admission.verify(keyOf(socket), null) };
      socket.data = data;
      next();
    } catch (error) {
      const body = toSocketErrorBody(error);
      next(Object.assign(new Error(body.message), { data: body }));
    }
  }
}

function keyOf(socket: Socket): string | undefined {
  const auth = socket.handshake.auth as { token?: unknown } | null | undefined;
  if (typeof auth?.token === 'string') return auth.token;
  return bearerToken(socket.handshake.headers.authorization);
}
