import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { toSocketErrorBody } from '../common/errors/error-body.js';
import type { AppConfig } from '../config/app-config.js';
import { ApiKeyVerifier, bearerToken } from './api-key.verifier.js';
import type { Caller } from './caller.js';
import { foreignReason, isListedOrigin } from './request-source.js';
import { sourcePolicyOf } from './source-policy.js';

/** What the handshake leaves on a socket for its gateway. */
export interface AdmittedSocketData {
  caller: Caller;
}

/**
 * Socket.io with our door: foreign pages are turned away before the upgrade (CORS does not apply to WebSockets), and a
 * socket without a valid key gets a `connect_error` whose `data` is the usual error body.
 */
export class AdmittingIoAdapter extends IoAdapter {
  private readonly verifier: ApiKeyVerifier;

  constructor(
    app: INestApplicationContext,
    private readonly config: AppConfig,
  ) {
    super(app);
    this.verifier = app.get(ApiKeyVerifier);
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const policy = sourcePolicyOf(this.config);
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
      allowRequest: (request, answer) => {
        const reason = foreignReason(request.headers, policy);
        answer(reason, reason === undefined);
      },
    } as ServerOptions);
    server.use((socket, next) => this.admit(socket, next));
    return server;
  }

  private admit(socket: Socket, next: (error?: Error) => void): void {
    try {
      const data: AdmittedSocketData = { caller: this.verifier.verify(keyOf(socket)) };
      socket.data = data;
      next();
    } catch (error) {
      const body = toSocketErrorBody(error);
      next(Object.assign(new Error(body.message), { data: body }));
    }
  }
}

function keyOf(socket: Socket): string | undefined {
  const { token } = socket.handshake.auth as { token?: unknown };
  if (typeof token === 'string') return token;
  return bearerToken(socket.handshake.headers.authorization);
}
