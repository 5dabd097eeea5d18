import { Module, type DynamicModule } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggerModule } from 'nestjs-pino';
import { requestIdOf } from '../common/http/request-id.js';
import { describeError } from './describe-error.js';
import { GatewayLogger } from './gateway.logger.js';
import { loggerOptions, type LogSettings } from './logger-options.js';

/** One logger for the whole gateway; entries written during a request carry its id. */
@Module({})
export class LoggingModule {
  static register(config: LogSettings): DynamicModule {
    return {
      module: LoggingModule,
      providers: [GatewayLogger],
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            ...loggerOptions(config),
            genReqId: (request) => requestIdOf(request) ?? '',
            // A failing request has its own entry, by the filter that answers it.
            customLogLevel: () => 'debug',
            // What is logged in a request's course carries its id; its method and path are in its own entry.
            quietReqLogger: true,
            serializers: { err: describeError, req: describeRequest, res: describeResponse },
          },
        }),
      ],
    };
  }
}

/** The query is left out: `GET /tts?input=` carries a person's words. */
function describeRequest(request: IncomingMessage & { id?: unknown }): object {
  return { id: request.id, method: request.method, path: request.url?.split('?', 1)[0] };
}

function describeResponse(response: ServerResponse): object {
  return { statusCode: response.statusCode };
}
