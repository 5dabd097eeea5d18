import type { Server as TlsServer } from 'node:tls';
import type { HttpsOptions } from '@nestjs/common/interfaces/external/https-options.interface.js';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { serverConfig } from '../config/server.config.js';
import { HealthRegistry } from '../health/health-registry.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { boundConnections } from './bound-connections.js';
import { checkPair, readPair, type Certificate } from './certificate.js';
import { CertificateRenewal } from './certificate-renewal.js';
import { guardServer } from './guard-server.js';
import { TLS_OPTIONS } from './tls-options.js';
import { TrustedProxies } from './trusted-proxies.js';

/** Where the gateway meets the network: TLS, the proxies in front, the bounds of a connection, and what every answer says to browsers. */
export class Edge {
  private readonly certificate: Certificate | undefined;

  /** @throws ConfigError when the certificate cannot be used */
  constructor(private readonly settings: ReturnType<typeof serverConfig>) {
    this.certificate = settings.tls && checkPair(readPair(settings.tls));
  }

  /** For the server that Nest makes; undefined without a certificate. */
  get httpsOptions(): HttpsOptions | undefined {
    if (this.certificate === undefined) return undefined;
    const { cert, key } = this.certificate;
    const handshakeTimeout = this.settings.connections.headersTimeoutMs;
    return { ...TLS_OPTIONS, cert, key, handshakeTimeout } as HttpsOptions;
  }

  /** Before the server listens. */
  guard(app: NestExpressApplication): void {
    const { settings } = this;
    const server = app.getHttpServer();
    const proxies = new TrustedProxies(settings.trustedProxies);
    app.disable('x-powered-by');
    // For what asks Express; our own code asks `clientOf`.
    app.set('trust proxy', (address: string) => proxies.trusts(address));
    boundConnections(server, settings.connections);
    guardServer(server, { proxies, pace: settings.bodyPace, maxHeaders: settings.maxHeaders });
    if (this.certificate === undefined || settings.tls === undefined) return;
    const renewal = new CertificateRenewal(settings.tls, this.certificate);
    renewal.begin(server as unknown as TlsServer, settings.tlsReloadMs);
    app.get(HealthRegistry).register('tls', () => renewal.health());
    app
      .get(MetricsRegistry)
      .gauge(
        'parley_tls_certificate_expiry_timestamp_seconds',
        'When the certificate in use expires, in seconds since 1970',
        () => renewal.expiresAt.getTime() / 1_000,
      );
  }
}
