import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { allowedMethods } from './allowed-methods.js';
import { challengeOf } from './challenge.js';
import {
  BudgetExceededError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  TooLargeError,
  UnauthorizedError,
} from '../errors/caller-errors.js';
import {
  MethodNotAllowedError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
} from '../errors/http-errors.js';
import { requestIdOf } from './request-id.js';
import { httpStatusOf, toHttpErrorBody, type HttpErrorBody } from '../errors/error-body.js';
import { tellError } from '../errors/error-channel.js';
import { isFirstEntryOf } from '../errors/first-entry.js';
import { describeCause } from '../errors/describe-cause.js';
import { ParleyError } from '../errors/parley-error.js';

/** Maps every failure of an HTTP handler to the one error shape. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(HttpErrorFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const allowed = isStatus(thrown, 404) ? allowedMethods(request) : [];
    const error = allowed.length > 0 ? wrongMethod(request.method) : toParleyError(thrown);
    const body = toHttpErrorBody(error, requestIdOf(request));
    tellError('http', body.code);
    this.log(request, thrown, error, body);

    // A listener that has gone, or a body that has begun: a second set of headers is impossible, so the stream is cut.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (error instanceof ParleyError && error.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1_000)));
    }
    if (error instanceof BudgetExceededError)
      for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
    // What was said of the file or audio that is not sent now.
    for (const name of ['Cache-Control', 'Content-Type', 'ETag', 'Last-Modified'])
      response.removeHeader(name);
    if (allowed.length > 0) response.setHeader('Allow', allowed.join(', '));
    const challenge = challengeOf(error);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    this.answer(response, body, request);
  }

  /** The one entry of a failing request. What a caller got wrong is told to the caller only. */
  private log({ method, path }: Request, thrown: unknown, error: unknown, body: HttpErrorBody): void {
    if (!isFirstEntryOf(thrown)) return;
    const { requestId, code } = body;
    const cause = error instanceof ParleyError ? error.cause : undefined;
    if (code === 'internal')
      this.logger.error({ requestId, method, path, err: thrown }, 'Request failed unexpectedly');
    else if (cause !== undefined || httpStatusOf(code) >= 500) {
      const fields = cause === undefined ? {} : { cause: describeCause(cause) };
      this.logger.warn({ requestId, method, path, code, ...fields }, 'Request failed');
    }
  }

  protected answer(response: Response, body: HttpErrorBody, _request: Request): void {
    response.status(httpStatusOf(body.code)).json({ error: body });
  }
}

/** Nest, Express and the server of files throw their own kinds; their texts are not ours to send, their statuses tell what they mean. */
function toParleyError(thrown: unknown): unknown {
  if (thrown instanceof ParleyError || !(thrown instanceof HttpException)) return thrown;
  const status = thrown.getStatus();
  switch (status) {
    case 401:
      return new UnauthorizedError('A key is needed.', { credential: 'missing' });
    case 403:
      return new ForbiddenError('This is not allowed.');
    case 404:
      return new NotFoundError('There is nothing at this address.');
    case 412:
      return new PreconditionFailedError('The file is not the one that was meant.');
    case 413:
      return new TooLargeError('The body is too large.', { param: 'body' });
    case 416:
      return new RangeNotSatisfiableError('The range lies outside the file.');
    case 429:
      return new RateLimitedError('Too many requests.');
    default:
      return status >= 400 && status < 500
        ? new InvalidInputError(undefined, 'The request is not valid.')
        : thrown;
  }
}

function isStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof HttpException && thrown.getStatus() === status;
}

function wrongMethod(method: string): MethodNotAllowedError {
  return new MethodNotAllowedError(`${method} does nothing at this address.`);
}
