import type { RequestHandler } from 'express';

/**
 * Lets one request begin per turn of the event loop. Starting one takes about a millisecond; fifty that arrive together would
 * hold up every stream that is open for fifty. So they queue here, and between two of them whatever has arrived for the open
 * streams is passed on. A request that comes alone goes straight through. What waits is bounded by the open connections.
 */
export function startInTurn(): RequestHandler {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  const nextTurn = (): void => {
    const start = waiting.shift();
    if (start) begin(start);
    else isTaken = false;
  };

  const begin = (start: () => void): void => {
    isTaken = true;
    setImmediate(nextTurn);
    start();
  };

  return (_request, _response, next) => {
    if (isTaken) waiting.push(next);
    else begin(next);
  };
}
