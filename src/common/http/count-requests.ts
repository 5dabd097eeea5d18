import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenStreams } from '../streams/open-streams.js';
import { whenOver } from './when-over.js';

/**
 * A shutdown waits for every request that has arrived, until it was answered and all of it was read: a connection that is closed before
 * would be reset, and its client might never see the answer. Whoever is answered from then on is told to ask elsewhere for more.
 */
export function countRequests(streams: OpenStreams) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const leave = streams.enter();
    if (streams.closing.aborted) response.setHeader('Connection', 'close');
    whenOver(response, () => {
      if (request.complete || request.closed) leave();
      else request.once('close', leave);
    });
    next();
  };
}
