import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseInput } from '../../../common/validation/parse-input.js';
import { readerOptionsSchema, type ReaderOptions } from './reader-options.js';
import { parseEventId, parsePosition, type RunPosition } from '../run-position.js';

/** A reader: one HTTP request that reads a run. */
export interface RunReader {
  /** What the client wants: the events, the finished answer, or only the run's address. */
  wants: 'events' | 'json' | 'address';
  lastEventId: string | undefined;
  /** Options in the query; those of a body come on top. */
  options: ReaderOptions;
  /** Where in the given run the client wants to go on. */
  positionIn(runId: string): RunPosition | undefined;
  response: Response;
}

/** The request at hand as a reader. */
export const CurrentReader = createParamDecorator(
  (_options: unknown, context: ExecutionContext): RunReader => {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const lastEventId = request.get('last-event-id');
    const { after } = request.query;
    return {
      wants: wishOf(request),
      lastEventId,
      options: parseInput(readerOptionsSchema, request.query),
      positionIn: (runId) => {
        const last = lastEventId === undefined ? undefined : parseEventId(lastEventId);
        if (last?.runId === runId) return last.position;
        return typeof after === 'string' ? parsePosition(after, 'after') : undefined;
      },
      response: http.getResponse<Response>(),
    };
  },
);

function wishOf(request: Request): RunReader['wants'] {
  // RFC 7240
  if (/(?:^|,)\s*respond-async\s*(?:[,;]|$)/i.test(request.get('prefer') ?? '')) return 'address';
  return request.accepts(['text/event-stream', 'application/json']) === 'application/json'
    ? 'json'
    : 'events';
}
