import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { OverloadedError } from '../errors/caller-errors.js';

/** A client that pipelines can send thousands of requests in one packet. */
const MAX_WAITING_PER_LANE = 1_000;

interface Waiting {
  response: Response;
  start: NextFunction;
}

/**
 * Lets one request begin per turn of the event loop. Starting a request takes one to two milliseconds, so fifty requests that arrive
 * together would delay every open stream by up to 100 ms. They wait here instead, and the open streams are served between two of them.
 * A request that arrives alone does not wait. A request whose client has left never begins. Each sender has a lane of bounded length, and the
 * lanes take turns, so that one sender with many requests does not delay the others.
 * See docs/decisions/2026-11-26-one-request-per-turn.md.
 * @param laneOf the sender of a request; called only when the request has to wait
 */
export function startInTurn(laneOf: (request: Request) => string): RequestHandler {
  /** The lane whose turn comes next first; none is empty. */
  const lanes = new Map<string, Waiting[]>();
  let isTaken = false;

  const begin = (start: NextFunction): void => {
    isTaken = true;
    setImmediate(nextTurn);
    start();
  };

  const nextTurn = (): void => {
    for (const [lane, waiting] of lanes) {
      const next = firstThatStayed(waiting);
      lanes.delete(lane);
      if (waiting.length > 0) lanes.set(lane, waiting);
      if (next) return begin(next.start);
    }
    isTaken = false;
  };

  return (request, response, next) => {
    if (!isTaken) return begin(next);
    const lane = laneOf(request);
    const waiting = lanes.get(lane) ?? [];
    if (waiting.length >= MAX_WAITING_PER_LANE)
      return next(new OverloadedError('Too many requests have come at once.', { retryAfterMs: 1_000 }));
    waiting.push({ response, start: next });
    lanes.set(lane, waiting);
  };
}

function firstThatStayed(waiting: Waiting[]): Waiting | undefined {
  let next = waiting.shift();
  while (next?.response.destroyed) next = waiting.shift();
  return next;
}
