import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { OverloadedError } from '../errors/caller-errors.js';

/** A client that pipelines can send thousands of requests in one packet. */
const MAX_WAITING_PER_LANE = 1_000;

interface Waiting {
  response: Response;
  start: NextFunction;
}

/**
 * Lets one request begin per turn of the event loop. Starting one takes about a millisecond; fifty that arrive together would
 * hold up every stream that is open for fifty. So they queue here, and between two of them whatever has arrived for the open
 * streams is passed on. A request that comes alone goes straight through; one whose client has left meanwhile never begins. The lanes
 * take turns, so that one who sends many holds up nobody else, and each is bounded.
 * @param laneOf who has sent a request; asked only when it has to wait
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
