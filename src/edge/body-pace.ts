import type { IncomingMessage, ServerResponse } from 'node:http';
import { IdleTimeoutError } from '../common/errors/session-errors.js';
import { sendFailure } from './send-failure.js';

export interface BodyPace {
  /** How long a body is left alone between two looks at it. */
  windowMs: number;
  /** What it must have brought since the last look. */
  minBytesPerSecond: number;
}

/**
 * Ends a request whose body hardly moves, or goes on behind its answer. A bound on the whole time, such as Node's `requestTimeout`, would
 * cut a long upload over a thin line, or let a sender of single bytes hold its place all that time.
 */
export function keepBodyMoving(request: IncomingMessage, response: ServerResponse, pace: BodyPace): void {
  if (request.complete || !carriesBody(request)) return;
  const { socket } = request;
  const minBytes = (pace.minBytesPerSecond * pace.windowMs) / 1_000;
  let seenBytes = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete || socket.destroyed) return clearInterval(timer);
    const broughtBytes = socket.bytesRead - seenBytes;
    seenBytes = socket.bytesRead;
    // What is full waits for whoever reads it here, not for its sender.
    const isFull = request.readableLength >= request.readableHighWaterMark;
    if (!response.writableFinished && (isFull || broughtBytes >= minBytes)) return;
    clearInterval(timer);
    if (response.headersSent) socket.destroy();
    else sendFailure(response, 408, new IdleTimeoutError('The body came too slowly.', { param: 'body' }));
  }, pace.windowMs);
  timer.unref();
  request.once('end', () => clearInterval(timer));
}

function carriesBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0';
}
