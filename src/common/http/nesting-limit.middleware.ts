import type { RequestHandler } from 'express';
import { refuseNesting } from '../limits/nesting.js';

/** Refuses parsed bodies with more than `maxDepth` objects and arrays inside one another. Registered behind the body parser. */
export function limitNesting(maxDepth: number): RequestHandler {
  return (request, _response, next) => {
    refuseNesting(request.body, maxDepth);
    next();
  };
}
