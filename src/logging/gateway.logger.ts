import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Nest tells every module and route it sets up. That is for debugging; what an operator should see at start is `announce`. */
const FRAMEWORK = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'WebSocketsController',
]);

@Injectable()
export class GatewayLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    // Why the server could not listen is thrown as well, and told where it is caught.
    if (rest.at(-1) === 'NestApplication' && String(message).includes('listen'))
      super.debug(message, ...rest);
    else super.error(message, ...rest);
  }
}
