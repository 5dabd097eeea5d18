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
}
