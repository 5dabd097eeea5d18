import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config/load-env.js';

export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

/** A certificate (PEM, with its chain) and the key that belongs to it, found good. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
  expiresAt: Date;
}

/** As the files hold it, good or not. */
export type PemPair = Pick<Certificate, 'cert' | 'key'>;

/** @throws ConfigError that names the variable whose file cannot be read */
export function readPair({ certFile, keyFile }: CertificateFiles): PemPair {
  return { cert: contentOf('TLS_CERT', certFile), key: contentOf('TLS_KEY', keyFile) };
}

/** @throws ConfigError that names the variable at fault, and holds nothing of the files */
export function checkPair({ cert, key }: PemPair, nowMs = Date.now()): Certificate {
  const certificate = certificateIn(cert);
  const privateKey = keyIn(key);
  if (!certificate.checkPrivateKey(privateKey))
    throw new ConfigError('TLS_KEY: the key belongs to another certificate than the one of TLS_CERT');
  const expiresAt = new Date(certificate.validTo);
  if (expiresAt.getTime() <= nowMs)
    throw new ConfigError(`TLS_CERT: the certificate has expired at ${expiresAt.toISOString()}`);
  const validFrom = new Date(certificate.validFrom);
  if (validFrom.getTime() > nowMs)
    throw new ConfigError(`TLS_CERT: the certificate is not valid before ${validFrom.toISOString()}`);
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new ConfigError('TLS_CERT: the certificate or its chain cannot be used');
  }
  return { cert, key, expiresAt };
}

function contentOf(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError(`${variable}: the file cannot be read`);
  }
}

function certificateIn(cert: Buffer): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch {
    throw new ConfigError('TLS_CERT: the file holds no certificate in PEM');
  }
}

function keyIn(key: Buffer): KeyObject {
  try {
    return createPrivateKey(key);
  } catch {
    throw new ConfigError('TLS_KEY: the file holds no private key in PEM without a passphrase');
  }
}
