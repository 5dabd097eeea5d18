import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Contexts in which Nest logs every module and route that it sets up. These entries are logged as `debug`; `announce` logs the start. */
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
    // The same error is thrown as well, and gateway.ts reports it.
    if (rest.at(-1) === 'NestApplication' && String(message).includes('listen'))
      super.debug(message, ...rest);
    else super.error(message, ...rest);
  }
}
