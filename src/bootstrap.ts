import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { ApiDocs } from './api-docs/api-docs.js';
import { Admission } from './auth/admission.js';
import { ApiKeyVerifier } from './auth/api-key.verifier.js';
import { corsFor } from './auth/cors.js';
import { refuseForeignHosts, refuseStrangersEarly } from './auth/front-door.js';
import { laneOf } from './auth/lane-of.js';
import { AdmittingIoAdapter } from './auth/socket-admission.js';
import { mapBodyError } from './common/http/body-error.middleware.js';
import { limitShape } from './common/http/json-shape.middleware.js';
import { assignRequestId, enterRequestScope } from './common/http/request-id.js';
import { startInTurn } from './common/http/start-in-turn.js';
import { fromProject } from './config/project-paths.js';
import { refuseMissingProviders, type Configuration } from './configuration.js';
import { GatewayLogger } from './logging/gateway.logger.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { MetricsRegistry } from './metrics/metrics-registry.js';
import { keepsText } from './openai/relayed-body.js';

/**
 * Creates the gateway, ready to listen. Used by `main.ts` and by the e2e tests, so both run the same server.
 * @throws ConfigError when a feature cannot work as configured and may not go without
 */
export async function createApp(config: Configuration): Promise<NestExpressApplication> {
  refuseMissingProviders(config);
  const app = await NestFactory.create<NestExpressApplication>(await AppModule.register(config), {
    // What Nest logs while it starts is written after a start that succeeded. A start that fails throws, and gateway.ts reports the error.
    bufferLogs: true,
    autoFlushLogs: false,
    bodyParser: false,
    // Streams are asked to end first (OpenStreams); what is still open then is cut instead of holding the exit up.
    forceCloseConnections: true,
    // A start that fails is thrown to the caller instead of ending the process here.
    abortOnError: false,
  });
  app.useLogger(app.get(GatewayLogger));
  app.flushLogs();
  configureApp(app, config);
  return app;
}

/**
 * Bytes of a request's line and headers. A query of `GET /tts` may hold 2,000 characters to speak and 4,096 of instructions, each of them
 * nine bytes in Korean, Thai and most other scripts; Node's own bound of 16 KB would answer 431 to a third of that.
 */
const MAX_HEADER_BYTES = 65_536;

function configureApp(app: NestExpressApplication, config: Configuration): void {
  // Read for each connection; Nest has no option for it. `GET /tts` with the longest text is tested on every Node.
  (app.getHttpServer() as { maxHeaderSize?: number }).maxHeaderSize = MAX_HEADER_BYTES;
  const admission = app.get(Admission);
  app.disable('x-powered-by');
  const verifier = app.get(ApiKeyVerifier);
  app.use(assignRequestId);
  app.use(app.get(HttpMetrics).observe);
  app.use(startInTurn((request) => laneOf(request, verifier)));
  app.use(enterRequestScope);
  app.use(refuseForeignHosts(admission));
  app.enableCors(corsFor(admission.policy));
  app.use(refuseStrangersEarly(admission));
  app.useBodyParser('text', { limit: config.server.bodyLimitBytes, type: keepsText });
  app.useBodyParser('json', { limit: config.server.bodyLimitBytes, strict: true });
  app.use(mapBodyError);
  app.use(limitShape(config.server.bodyShape));
  app.get(ApiDocs).describe(app);
  app.useStaticAssets(fromProject('web'), { index: 'index.html' });
  app.useStaticAssets(fromProject('samples'), { prefix: '/samples', index: false });
  if (config.app.features.some((feature) => feature === 'transcription' || feature === 'chat'))
    useSockets(app);
}

function useSockets(app: NestExpressApplication): void {
  const adapter = new AdmittingIoAdapter(app);
  app.useWebSocketAdapter(adapter);
  app
    .get(MetricsRegistry)
    .gauge('parley_sockets', 'Socket.io connections that were let in', () => adapter.connections);
}
