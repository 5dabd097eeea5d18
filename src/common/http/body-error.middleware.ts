import type { NextFunction, Request, Response } from 'express';
import { InvalidInputError, TooLargeError } from '../errors/caller-errors.js';
import { UnsupportedMediaTypeError } from '../errors/http-errors.js';

/** Turns what the body parser throws into our errors before Nest flattens it. Registered right after the parser. */
export function mapBodyError(
  error: unknown,
  _request: Request,
  _response: Response,
  next: NextFunction,
): void {
  next(isBodyParserError(error) ? toParleyError(error) : error);
}

/** https://github.com/expressjs/body-parser#errors: `type` is its stable name of a failure. */
function isBodyParserError(error: unknown): error is { type: string } {
  return typeof error === 'object' && error !== null && 'type' in error && typeof error.type === 'string';
}

function toParleyError({ type }: { type: string }): Error {
  switch (type) {
    case 'entity.too.large':
      return new TooLargeError('The body is too large.', { param: 'body' });
    case 'entity.parse.failed':
      return new InvalidInputError('body', 'The body is not valid JSON.');
    case 'encoding.unsupported':
      return new UnsupportedMediaTypeError('The body may be gzip, deflate, br or plain.', {
        param: 'Content-Encoding',
      });
    case 'charset.unsupported':
      return new UnsupportedMediaTypeError('The body must be in UTF-8.', { param: 'Content-Type' });
    default:
      return new InvalidInputError('body', 'The body could not be read.');
  }
}
