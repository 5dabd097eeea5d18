import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Context } from '@opentelemetry/api';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions, Socket } from 'socket.io';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import { describeFailure } from '../common/sockets/describe-failure.js';
import { requestIdFrom, requestIdOf } from '../common/http/request-id.js';
import { currentRequestId, runInRequest } from '../common/request/request-scope.js';
import type { PacketDecoder } from '../common/sockets/packet-decoder.js';
import { readTraceparent } from '../common/tracing/traceparent.js';
import { sayGoodbye } from '../common/sockets/say-goodbye.js';
import { SmallBeginnings } from '../common/sockets/small-beginnings.js';
import { socketParser } from '../common/sockets/socket-parser.js';
import { UnreadWatch, type Connection } from '../common/sockets/unread-watch.js';
import { OpenStreams } from '../common/streams/open-streams.js';
import { serverConfig } from '../config/server.config.js';
import { Admission } from './admission.js';
import { bearerToken } from './api-key.verifier.js';
import { authConfig } from './auth.config.js';
import { assertOrigin } from './caller-rights.js';
import { CallerWork } from './caller-work.js';
import type { Caller } from './caller.js';
import type { Scope } from './scope.js';
import { isListedOrigin } from './request-source.js';
import { guardSocketPath } from './socket-door.js';
import { readSubprotocols } from './tokens/subprotocol.js';
import { socketsConfig } from './sockets.config.js';

/** How long the features of a socket have to tell its client that its token or key was revoked. */
const LAST_WORD_MS = 250;

const PATH = '/socket.io/';

/** What is behind sockets: a caller who may use none of it gets none. */
const SOCKET_SCOPES: readonly Scope[] = ['transcription', 'chat'];

/** What the handshake leaves on a socket for its gateway. */
export interface AdmittedSocketData {
  caller: Caller;
  /** Of the connection: in the log entries of all that its events begin, and in its errors. */
  requestId: string;
  /** The span of whoever has opened the connection, as its handshake tells it. */
  trace?: Context;
}

/**
 * Socket.io behind our door: foreign pages are turned away before the upgrade (CORS does not apply to WebSockets). A key comes in
 * the first packet, because browsers can send none earlier: until it was found good a connection may say little and has little
 * time (`SmallBeginnings`). Without a valid one a socket gets a `connect_error` whose `data` is the usual error body.
 */
export class AdmittingIoAdapter extends IoAdapter {
  private readonly admission: Admission;
  private readonly work: CallerWork;
  private readonly beginnings: SmallBeginnings;
  private readonly concurrency: TenantConcurrencyLimit;
  /** All, let in or not. */
  private readonly open = new Set<Connection>();

  private readonly config: ConfigType<typeof socketsConfig>;
  private readonly maxDepth: number;

  constructor(app: INestApplicationContext) {
    super(app);
    this.admission = app.get(Admission);
    this.work = app.get(CallerWork);
    this.config = app.get<ConfigType<typeof socketsConfig>>(socketsConfig.KEY);
    this.maxDepth = app.get<ConfigType<typeof serverConfig>>(serverConfig.KEY).bodyShape.maxDepth;
    const { tenantSharing } = app.get<ConfigType<typeof authConfig>>(authConfig.KEY);
    const { maxMessageBytes, maxUnadmitted, maxConnections } = this.config;
    this.beginnings = new SmallBeginnings(
      { maxMessageBytes, maxUnadmitted },
      (offered) => readSubprotocols(offered.join(',')).answerable,
    );
    this.concurrency = new TenantConcurrencyLimit(maxConnections, 'connections', tenantSharing);
    app.get(OpenStreams).beforeCut(async () => {
      await Promise.all(Array.from(this.open, sayGoodbye));
    });
  }

  /** Of the sockets that were let in. */
  get places(): { readonly taken: number; readonly limit: number } {
    return this.concurrency;
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const { policy } = this.admission;
    const { connectTimeoutMs, maxMessageBytes, maxPacketBytes, maxUnreadBytes } = this.config;
    const server: Server = super.createIOServer(port, {
      ...options,
      allowEIO3: true,
      pingTimeout: 10_000,
      connectTimeout: connectTimeoutMs,
      maxHttpBufferSize: maxMessageBytes,
      wsEngine: this.beginnings.websocketServer,
      parser: socketParser({ maxBytes: maxPacketBytes, maxDepth: this.maxDepth }),
      cors: {
        origin: (origin: string | undefined, answer: (error: Error | null, allow?: boolean) => void) =>
          answer(null, origin === undefined || isListedOrigin(origin, policy)),
        credentials: true,
      },
    } as Partial<ServerOptions> as ServerOptions);
    // Before Socket.io, which writes to a connection as soon as it has it.
    server.engine.prependListener('connection', (connection: Connection) => {
      this.open.add(connection);
      connection.once('close', () => this.open.delete(connection));
      UnreadWatch.start(connection, maxUnreadBytes);
      this.beginnings.begin(connection);
    });
    guardSocketPath(this.httpServer as HttpServer, PATH, (request) => this.check(request));
    server.use((socket, next) => {
      const requestId = requestIdOf(socket.request) ?? requestIdFrom(socket.handshake.headers);
      runInRequest(
        { requestId, arrivedAtMs: performance.now() },
        () => void this.admit(socket, requestId, next),
      );
    });
    return server;
  }

  /** Socket.io's client is a file like those of the page: pages of any site may load it, not under any name. */
  private check({ headers, url = '' }: IncomingMessage): void {
    if (url.startsWith(`${PATH}socket.io`))
      this.admission.checkHost({ headers, requestId: currentRequestId() });
    else this.admission.checkSource({ headers, requestId: currentRequestId() });
  }

  private disconnectSoon(socket: Socket): void {
    setTimeout(() => socket.disconnect(true), LAST_WORD_MS).unref();
  }

  private async admit(socket: Socket, requestId: string, next: (error?: Error) => void): Promise<void> {
    try {
      const caller = await this.admission.verify(keyOf(socket), requestId);
      this.admission.checkAnyScope(caller, SOCKET_SCOPES);
      assertOrigin(caller, socket.handshake.headers);
      // It may have left meanwhile, and would never give its place back. Socket.io keeps a socket until it is told what came of it.
      if (socket.conn.readyState !== 'open') return next();
      const release = this.concurrency.acquire(caller.tenantId);
      socket.conn.once('close', release);
      const leave = this.work.enter(caller, () => this.disconnectSoon(socket));
      socket.conn.once('close', leave);
      const trace = traceOf(socket);
      const data: AdmittedSocketData = { caller, requestId, ...(trace && { trace }) };
      socket.data = data;
      this.beginnings.admit(socket.conn);
      decoderOf(socket).admit();
      // Without its socket a connection would stay for as long as its peer likes.
      socket.once('disconnect', () => socket.conn.close());
      next();
    } catch (error) {
      const body = describeFailure(error);
      next(Object.assign(new Error(body.message), { data: body }));
    }
  }
}

function decoderOf(socket: Socket): PacketDecoder {
  return (socket.client as unknown as { decoder: PacketDecoder }).decoder;
}

/** A browser can send no headers with a WebSocket, so `auth` may hold it as well. */
function traceOf({ handshake: { auth, headers } }: Socket): Context | undefined {
  return readTraceparent(
    (auth as { traceparent?: unknown } | null | undefined)?.traceparent ?? headers.traceparent,
  );
}

function keyOf(socket: Socket): string | undefined {
  const auth = socket.handshake.auth as { token?: unknown } | null | undefined;
  if (typeof auth?.token === 'string') return auth.token;
  return bearerToken(socket.handshake.headers.authorization);
}
