import { Logger } from '@nestjs/common';
import { toSocketErrorBody, type SocketErrorBody } from '../errors/error-body.js';

const logger = new Logger('Sockets');

/** What a client of a socket is told of a failure. One that is not expected is logged. */
export function describeFailure(error: unknown): SocketErrorBody {
  const body = toSocketErrorBody(error);
  if (body.code === 'internal') logger.error({ err: error }, 'Socket event failed unexpectedly');
  return body;
}
