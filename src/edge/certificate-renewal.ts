import { Logger } from '@nestjs/common';
import type { Server } from 'node:tls';
import { ConfigError } from '../config/load-env.js';
import type { ComponentHealth } from '../health/health-registry.js';
import { checkPair, readPair, type Certificate, type CertificateFiles, type PemPair } from './certificate.js';
import { TLS_OPTIONS } from './tls-options.js';

/**
 * Takes up a certificate that was renewed on disk, for new connections; open ones keep theirs. The files are read instead of watched: what
 * renews them replaces files, links or whole mounts, and a watch would stay with the old ones. A renewal that cannot be used changes nothing.
 */
export class CertificateRenewal {
  private readonly logger = new Logger('Tls');
  private timer: NodeJS.Timeout | undefined;
  /** What was read last, good or not, so that each content is judged once; undefined when nothing could be read. */
  private seen: PemPair | undefined;
  private fault: string | undefined;

  constructor(
    private readonly files: CertificateFiles,
    private certificate: Certificate,
  ) {
    this.seen = certificate;
  }

  begin(server: Server, everyMs: number): void {
    this.timer = setInterval(() => this.look(server), everyMs);
    this.timer.unref();
    server.once('close', () => clearInterval(this.timer));
  }

  get expiresAt(): Date {
    return this.certificate.expiresAt;
  }

  /** A renewal that failed is told while there is time. Only a certificate that has expired serves nobody. */
  health(nowMs = Date.now()): ComponentHealth {
    const { expiresAt } = this.certificate;
    return {
      status: expiresAt.getTime() > nowMs ? 'ok' : 'down',
      provider: null,
      detail: { expiresAt: expiresAt.toISOString(), renewalFault: this.fault ?? null },
    };
  }

  private look(server: Server): void {
    try {
      const { seen } = this;
      this.seen = undefined;
      const pair = readPair(this.files);
      this.seen = pair;
      if (seen !== undefined && isSame(pair, seen)) return;
      const certificate = checkPair(pair);
      server.setSecureContext({ ...TLS_OPTIONS, cert: certificate.cert, key: certificate.key });
      this.certificate = certificate;
      this.fault = undefined;
      this.logger.log({ expiresAt: certificate.expiresAt }, 'The renewed certificate is in use');
    } catch (error) {
      this.keepOld(error);
    }
  }

  private keepOld(error: unknown): void {
    const fault =
      error instanceof ConfigError ? error.message : 'TLS_CERT: the renewed certificate cannot be used';
    if (fault === this.fault) return;
    this.fault = fault;
    const { expiresAt } = this.certificate;
    this.logger.error({ fault, expiresAt }, 'The renewed certificate is not used, the one before it stays');
  }
}

function isSame(one: PemPair, other: PemPair): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key);
}
