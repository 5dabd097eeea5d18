import { isIP } from 'node:net';
import { z } from 'zod';
import type { ProcessEnv } from './process.config.js';
import { configSlice, type EnvOf } from './config-slice.js';
import { count, durationMs, list, optionalOneOf, optionalText, sizeBytes, text } from './env-variables.js';
import { ConfigError } from './load-env.js';
import { fromProject } from './project-paths.js';

const PROXY_MESSAGE = 'must be an IP address, a network such as 10.0.0.0/8, or loopback';
const proxySchema = z.stringFormat('proxy', isProxy, { error: PROXY_MESSAGE });

const variables = {
  PORT: count(3000, 'port of the gateway; 0 takes a free one', { min: 0, max: 65_535 }),
  HOST: text('127.0.0.1', 'address to listen on; one that is not loopback needs API_KEYS'),
  MISSING_PROVIDER: optionalOneOf(
    ['boot-error', 'unavailable'],
    'a feature without a provider stops the boot, or answers 503 provider_unconfigured (default: boot-error in production, else unavailable)',
  ),
  TRUST_PROXY: list(
    '',
    'proxies whose X-Forwarded-For, -Proto and -Host are believed: addresses, networks such as 10.0.0.0/8, or loopback; needs API_KEYS; empty: nobody is',
    proxySchema,
  ),
  TLS_CERT: optionalText(
    'PEM file with the certificate and its chain: the gateway serves https and wss; needs TLS_KEY',
  ),
  TLS_KEY: optionalText('PEM file with the private key of TLS_CERT, without a passphrase'),
  TLS_RELOAD_MS: durationMs(
    60_000,
    'how often the two files are read again, to take up a renewed certificate',
    {
      min: 10,
    },
  ),
  HTTP_HEADERS_TIMEOUT_MS: durationMs(
    15_000,
    'longest wait for the headers of a request, and for a TLS handshake; then 408 or the end of the connection',
    { min: 100 },
  ),
  HTTP_BODY_WINDOW_MS: durationMs(
    30_000,
    'how often the body of a request is looked at: one that has brought less than HTTP_BODY_MIN_BYTES_PER_S since then gets 408; one that goes on behind its answer is cut',
    { min: 100 },
  ),
  HTTP_BODY_MIN_BYTES_PER_S: count(
    500,
    'pace that the body of a request must keep; an upload may take any time',
  ),
  HTTP_KEEP_ALIVE_MS: durationMs(
    75_000,
    'how long a connection stays open without a request; longer than the proxy in front keeps its own',
  ),
  HTTP_MAX_CONNECTIONS: count(10_000, 'TCP connections at once; more are closed at once'),
  HTTP_MAX_HEADERS: count(100, 'headers that a request may have; more get 431', { min: 20, max: 2_000 }),
  BODY_LIMIT_BYTES: sizeBytes(1_048_576, 'largest JSON body accepted'),
  BODY_MAX_DEPTH: count(64, 'objects and arrays inside one another that a JSON body may have', {
    min: 8,
    max: 1_000,
  }),
  BODY_MAX_VALUES: count(20_000, 'fields and items in all that a JSON body may have', { min: 1_000 }),
} as const;

/** The gateway's HTTP server. */
export const serverConfig = configSlice(
  'server',
  'Server',
  variables,
  (env: EnvOf<typeof variables> & ProcessEnv) => ({
    port: env.PORT,
    host: env.HOST,
    trustedProxies: env.TRUST_PROXY,
    tls: certificateFilesOf(env),
    tlsReloadMs: env.TLS_RELOAD_MS,
    connections: {
      headersTimeoutMs: env.HTTP_HEADERS_TIMEOUT_MS,
      keepAliveMs: env.HTTP_KEEP_ALIVE_MS,
      maxConnections: env.HTTP_MAX_CONNECTIONS,
    },
    maxHeaders: env.HTTP_MAX_HEADERS,
    bodyPace: { windowMs: env.HTTP_BODY_WINDOW_MS, minBytesPerSecond: env.HTTP_BODY_MIN_BYTES_PER_S },
    missingProvider: env.MISSING_PROVIDER ?? (env.NODE_ENV === 'production' ? 'boot-error' : 'unavailable'),
    bodyLimitBytes: env.BODY_LIMIT_BYTES,
    bodyShape: { maxDepth: env.BODY_MAX_DEPTH, maxValues: env.BODY_MAX_VALUES },
  }),
);

function certificateFilesOf({
  TLS_CERT: cert,
  TLS_KEY: key,
}: EnvOf<typeof variables>): { certFile: string; keyFile: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new ConfigError('TLS_CERT must be set too: TLS_KEY alone serves no TLS');
  if (key === undefined) throw new ConfigError('TLS_KEY must be set too: TLS_CERT alone serves no TLS');
  return { certFile: fromProject(cert), keyFile: fromProject(key) };
}

function isProxy(entry: string): boolean {
  if (entry === 'loopback') return true;
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
