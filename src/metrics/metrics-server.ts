import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { cameThroughProxy } from '../auth/forwarding-headers.js';
import { listenFault } from '../config/listen-fault.js';
import { hostNameOf, isLoopback } from '../config/loopback.js';
import { metricsConfig } from './metrics.config.js';
import { MetricsRegistry } from './metrics-registry.js';

/** No variable: the figures need no key here, so no other machine reaches them. */
const HOST = '127.0.0.1';
/** Prometheus keeps one. */
const MAX_CONNECTIONS = 32;
const TIMEOUT_MS = 10_000;

/** Serves `/metrics` without a key on `METRICS_PORT`, to this machine only: no page of a browser and no proxy gets an answer. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MetricsServer.name);
  private server: Server | undefined;

  constructor(
    @Inject(metricsConfig.KEY) private readonly config: ConfigType<typeof metricsConfig>,
    private readonly registry: MetricsRegistry,
  ) {}

  /** Undefined unless it listens. */
  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws ConfigError when it cannot listen */
  async onApplicationBootstrap(): Promise<void> {
    const { port } = this.config;
    if (port === undefined) return;
    const server = createServer((request, response) => void this.answer(request, response));
    server.maxConnections = MAX_CONNECTIONS;
    server.headersTimeout = TIMEOUT_MS;
    server.requestTimeout = TIMEOUT_MS;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(port, HOST, resolve);
      });
    } catch (error) {
      // There is no variable for the address: it is always there.
      throw listenFault(error, {
        host: HOST,
        port,
        hostVariable: 'METRICS_PORT',
        portVariable: 'METRICS_PORT',
      });
    }
    this.server = server;
    this.logger.log({ address: `http://${HOST}:${this.port}/metrics` }, 'Metrics are served without a key');
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers, url } = request;
    // A page cannot name another host to get here (DNS rebinding), and a proxy on this machine lets nobody in by mistake.
    const isFromHere =
      isLoopback(hostNameOf(headers.host ?? '')) &&
      headers.origin === undefined &&
      !cameThroughProxy(headers);
    if (!isFromHere) return void response.writeHead(403).end();
    if (url !== '/metrics') return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD')
      return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    const text = await this.registry.metrics();
    response.writeHead(200, { 'Content-Type': this.registry.contentType, 'Cache-Control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : text);
  }
}
