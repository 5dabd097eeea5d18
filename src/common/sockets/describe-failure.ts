import { Logger } from '@nestjs/common';
import { tellError } from '../errors/error-channel.js';
import { isFirstEntryOf } from '../errors/first-entry.js';
import { toSocketErrorBody, type SocketErrorBody } from '../errors/error-body.js';

const logger = new Logger('Sockets');

/** What a client of a socket is told of a failure. */
export function tellFailure(error: unknown): SocketErrorBody {
  const body = toSocketErrorBody(error);
  tellError('socket', body.code);
  return body;
}

/** What a client of a socket is told of a failure. One that is not expected is logged. */
export function describeFailure(error: unknown): SocketErrorBody {
  const body = tellFailure(error);
  if (body.code === 'internal' && isFirstEntryOf(error))
    logger.error({ err: error }, 'Socket event failed unexpectedly');
  return body;
}
