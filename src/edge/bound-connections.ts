import { Logger } from '@nestjs/common';
import type { Server } from 'node:http';

export interface ConnectionBounds {
  headersTimeoutMs: number;
  keepAliveMs: number;
  maxConnections: number;
}

/**
 * Bytes of a request's line and headers. A query of `GET /tts` may hold 2,000 characters to speak and 4,096 of instructions, each of them
 * nine bytes in Korean, Thai and most other scripts; Node's own bound of 16 KB would answer 431 to a third of that.
 */
const MAX_HEADER_BYTES = 65_536;
/** How often Node looks for headers that are late. */
const MAX_CHECK_MS = 5_000;
/** A peer that is gone without a word is asked for after this time, then by the system's own rules. */
const KEEP_ALIVE_PROBE_MS = 60_000;
const DROP_LOG_MS = 60_000;

/** Nest has no option for these two; Node reads the first for each connection, the second when it begins to listen. */
interface Unlisted {
  maxHeaderSize: number;
  connectionsCheckingInterval: number;
}

/** What a connection may take of us before it has said anything that is worth an answer. */
export function boundConnections(server: Server, bounds: ConnectionBounds): void {
  const { headersTimeoutMs, keepAliveMs, maxConnections } = bounds;
  const unlisted = server as unknown as Unlisted;
  unlisted.maxHeaderSize = MAX_HEADER_BYTES;
  unlisted.connectionsCheckingInterval = Math.min(MAX_CHECK_MS, headersTimeoutMs);
  server.headersTimeout = headersTimeoutMs;
  // Bodies have a bound of their own (`keepBodyMoving`).
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  server.maxConnections = maxConnections;
  // None is left out of the object that is looked at: `guardServer` counts them.
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS));
  tellDrops(server, maxConnections);
}

function tellDrops(server: Server, maxConnections: number): void {
  const logger = new Logger('Edge');
  let toldAtMs = -Infinity;
  server.on('drop', () => {
    if (performance.now() - toldAtMs < DROP_LOG_MS) return;
    toldAtMs = performance.now();
    logger.warn({ maxConnections }, 'Connections are closed at once: there are HTTP_MAX_CONNECTIONS already');
  });
}
