import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  TooLargeError,
  UnauthorizedError,
} from '../errors/caller-errors.js';
import { requestIdOf } from './request-id.js';
import { httpStatusOf, toHttpErrorBody, type HttpErrorBody } from '../errors/error-body.js';
import { ParleyError } from '../errors/parley-error.js';

/** Maps every failure of an HTTP handler to the one error shape. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrorFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = toParleyError(thrown);
    const requestId = requestIdOf(request);
    const body = toHttpErrorBody(error, requestId);

    if (body.code === 'internal')
      this.logger.error({ requestId, err: thrown }, 'Request failed unexpectedly');
    else if (error instanceof ParleyError && error.cause !== undefined) {
      this.logger.warn({ requestId, code: body.code, cause: describeCause(error.cause) }, 'Request failed');
    }

    // A listener that has gone, or a body that has begun: a second set of headers is impossible, so the stream is cut.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (error instanceof ParleyError && error.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1_000)));
    }
    if (body.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="parley"');
    this.answer(response, body);
  }

  protected answer(response: Response, body: HttpErrorBody): void {
    response.status(httpStatusOf(body.code)).json({ error: body });
  }
}

/** Nest throws its own kind; its texts are not ours to send, its statuses tell what it means. */
function toParleyError(thrown: unknown): unknown {
  if (thrown instanceof ParleyError) return thrown;
  if (!(thrown instanceof HttpException)) return thrown;
  switch (thrown.getStatus()) {
    case 400:
      return new InvalidInputError(undefined, 'The request is not valid.');
    case 401:
      return new UnauthorizedError('A key is needed.');
    case 403:
      return new ForbiddenError('This is not allowed.');
    case 404:
      return new NotFoundError('There is nothing at this address.');
    case 413:
      return new TooLargeError('The body is too large.', { param: 'body' });
    case 429:
      return new RateLimitedError('Too many requests.');
    default:
      return thrown;
  }
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
