import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What waits for the end of a connection. One listener for all of it: a client chooses how many requests it pipelines. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `over` once a response is over: it was sent, or its connection is closed. Node tells the latter (`close`) to the response that
 * is being sent only, not to those that wait behind it on the same connection; what they held would be held for ever.
 */
export function whenOver(response: ServerResponse, over: () => void): void {
  const { socket } = response.req;
  if (response.closed || socket.destroyed) return over();
  const callbacks = callbacksOf(socket);
  const end = (): void => {
    if (callbacks.delete(end)) over();
  };
  callbacks.add(end);
  response.once('close', end);
}

/** Aborts when `response` is over, as `whenOver` tells it. */
export function untilOver(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  whenOver(response, () => controller.abort());
  return controller.signal;
}

function callbacksOf(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known) return known;
  const callbacks = new Set<() => void>();
  waiting.set(socket, callbacks);
  socket.once('close', () => {
    for (const end of callbacks) end();
  });
  return callbacks;
}
