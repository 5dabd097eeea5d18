import { Module, type DynamicModule } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoggerModule } from 'nestjs-pino';
import { clientOf } from '../common/http/client.js';
import { requestIdOf } from '../common/http/request-id.js';
import { describeError } from './describe-error.js';
import { currentRequestId } from '../common/request/request-scope.js';
import { traceFields } from '../common/tracing/spans.js';
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
            // Not bound to a logger for each request: it goes on with what a request began, and sockets have ids, too.
            mixin: idsOfWork,
            genReqId: (request) => requestIdOf(request) ?? '',
            // A failing request has its own entry, by the filter that answers it.
            customLogLevel: () => 'debug',
            // Only the entry of the request itself tells its method and path.
            serializers: { err: describeError, req: () => undefined, res: describeResponse },
            customSuccessObject: (request, _response, fields: object) => ({
              ...fields,
              ...describeRequest(request),
            }),
            customErrorObject: (request, response, error, fields: object) => ({
              ...fields,
              ...(isMadeUp(error, response) && { err: undefined }),
              ...describeRequest(request),
            }),
          },
        }),
      ],
    };
  }
}

function idsOfWork(): object {
  const requestId = currentRequestId();
  return requestId === null ? traceFields() : { requestId, ...traceFields() };
}

/** The query is left out: `GET /tts?input=` carries a person's words. */
function describeRequest(request: IncomingMessage): object {
  const { address } = clientOf(request);
  const path = request.url?.split('?', 1)[0];
  return { requestId: requestIdOf(request), method: request.method, path, address };
}

/** pino-http gives every answer of 500 and above an error of its own, whose stack says nothing: what failed has its entry already. */
function isMadeUp({ message }: Error, { statusCode }: ServerResponse): boolean {
  return message === `failed with status code ${statusCode}`;
}

function describeResponse(response: ServerResponse): object {
  return { statusCode: response.statusCode };
}
