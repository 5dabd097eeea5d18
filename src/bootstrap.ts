import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { ApiDocs } from './api-docs/api-docs.js';
import { Admission } from './auth/admission.js';
import { ApiKeyVerifier } from './auth/api-key.verifier.js';
import { CallerWork } from './auth/caller-work.js';
import { corsFor } from './auth/cors.js';
import { refuseForeignHosts, refuseStrangersEarly } from './auth/front-door.js';
import { admitQueryToken, takeQueryToken } from './auth/query-token.js';
import { laneOf } from './auth/lane-of.js';
import { AdmittingIoAdapter } from './auth/socket-admission.js';
import { mapBodyError } from './common/http/body-error.middleware.js';
import { countRequests } from './common/http/count-requests.js';
import { limitShape } from './common/http/json-shape.middleware.js';
import { enterRequestScope } from './common/http/request-id.js';
import { startInTurn } from './common/http/start-in-turn.js';
import { enterTrace, traceRequest } from './common/http/trace-request.js';
import { OpenStreams } from './common/streams/open-streams.js';
import { fromProject } from './config/project-paths.js';
import { refuseMissingProviders, type Configuration } from './configuration.js';
import { Edge } from './edge/edge.js';
import { forPages } from './edge/security-headers.js';
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
  const edge = new Edge(config.server);
  const app = await NestFactory.create<NestExpressApplication>(await AppModule.register(config), {
    // What Nest logs while it starts is written after a start that succeeded. A start that fails throws, and gateway.ts reports the error.
    bufferLogs: true,
    autoFlushLogs: false,
    bodyParser: false,
    ...(edge.httpsOptions && { httpsOptions: edge.httpsOptions }),
    // Streams are asked to end first (OpenStreams); what is still open then is cut instead of holding the exit up.
    forceCloseConnections: true,
    // A start that fails is thrown to the caller instead of ending the process here.
    abortOnError: false,
  });
  app.useLogger(app.get(GatewayLogger));
  app.flushLogs();
  edge.guard(app);
  configureApp(app, config);
  return app;
}

function configureApp(app: NestExpressApplication, config: Configuration): void {
  const admission = app.get(Admission);
  const verifier = app.get(ApiKeyVerifier);
  app.use(countRequests(app.get(OpenStreams)));
  app.use(takeQueryToken());
  app.use(app.get(HttpMetrics).observe);
  app.use(traceRequest);
  app.use(startInTurn((request) => laneOf(request, verifier)));
  app.use(enterRequestScope);
  app.use(enterTrace);
  app.use(refuseForeignHosts(admission));
  app.use(admitQueryToken(admission));
  app.enableCors(corsFor(admission.policy));
  app.use(refuseStrangersEarly(admission, app.get(CallerWork)));
  app.useBodyParser('text', { limit: config.server.bodyLimitBytes, type: keepsText });
  app.useBodyParser('json', { limit: config.server.bodyLimitBytes, strict: true });
  app.use(mapBodyError);
  app.use(limitShape(config.server.bodyShape));
  app.get(ApiDocs).describe(app);
  app.useStaticAssets(fromProject('web'), { index: 'index.html', setHeaders: forPages });
  app.useStaticAssets(fromProject('samples'), { prefix: '/samples', index: false, redirect: false });
  if (config.app.features.some((feature) => feature === 'transcription' || feature === 'chat'))
    useSockets(app);
}

function useSockets(app: NestExpressApplication): void {
  const adapter = new AdmittingIoAdapter(app);
  app.useWebSocketAdapter(adapter);
  const { places } = adapter;
  const metrics = app.get(MetricsRegistry);
  metrics.gauge('parley_sockets', 'Socket.io connections that were let in', () => places.taken);
  metrics.watchPlaces('sockets', places);
}
