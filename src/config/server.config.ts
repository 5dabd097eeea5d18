import type { ProcessEnv } from './process.config.js';
import { configSlice, type EnvOf } from './config-slice.js';
import { count, optionalOneOf, sizeBytes, text } from './env-variables.js';

const variables = {
  PORT: count(3000, 'port of the gateway; 0 takes a free one', { min: 0, max: 65_535 }),
  HOST: text('127.0.0.1', 'address to listen on; one that is not loopback needs API_KEYS'),
  MISSING_PROVIDER: optionalOneOf(
    ['boot-error', 'unavailable'],
    'a feature without a provider stops the boot, or answers 503 provider_unconfigured (default: boot-error in production, else unavailable)',
  ),
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
    missingProvider: env.MISSING_PROVIDER ?? (env.NODE_ENV === 'production' ? 'boot-error' : 'unavailable'),
    bodyLimitBytes: env.BODY_LIMIT_BYTES,
    bodyShape: { maxDepth: env.BODY_MAX_DEPTH, maxValues: env.BODY_MAX_VALUES },
  }),
);
