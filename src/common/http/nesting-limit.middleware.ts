import type { RequestHandler } from 'express';
import { InvalidInputError } from '../errors/caller-errors.js';
import { isNestedDeeper } from '../limits/nesting.js';

/** Refuses parsed bodies with more than `maxDepth` objects and arrays inside one another. Registered behind the body parser. */
export function limitNesting(maxDepth: number): RequestHandler {
  return (request, _response, next) => {
    const isTooDeep = isNestedDeeper(request.body, maxDepth);
    next(
      isTooDeep
        ? new InvalidInputError('body', `The body is nested too deeply: at most ${maxDepth} levels.`)
        : undefined,
    );
  };
}
