import type { RequestHandler, Response } from 'express';

/**
 * Lets one request begin per turn of the event loop. Starting one takes about a millisecond; fifty that arrive together would
 * hold up every stream that is open for fifty. So they queue here, and between two of them whatever has arrived for the open
 * streams is passed on. A request that comes alone goes straight through; one whose client has left meanwhile never begins. What
 * waits is bounded by the open connections.
 */
export function startInTurn(): RequestHandler {
  const waiting: { response: Response; start: () => void }[] = [];
  let isTaken = false;

  const nextTurn = (): void => {
    let next = waiting.shift();
    while (next?.response.destroyed) next = waiting.shift();
    if (next) begin(next.start);
    else isTaken = false;
  };

  const begin = (start: () => void): void => {
    isTaken = true;
    setImmediate(nextTurn);
    start();
  };

  return (_request, response, next) => {
    if (isTaken) waiting.push({ response, start: next });
    else begin(next);
  };
}
