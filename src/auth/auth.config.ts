import { z } from 'zod';
import type { TenantSharing } from '../common/limits/tenant-shares.js';
import type { ProcessEnv } from '../config/process.config.js';
import { apiKeyEntrySchema, parseApiKeyEntry, type ApiKeyEntry } from './api-key-entry.js';
import { fromProject } from '../config/project-paths.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, list, optionalText, sizeBytes } from '../config/env-variables.js';
import { originSchema } from './origin-schema.js';

/** As a Host header has it. */
const hostSchema = z
  .string()
  .regex(/^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i, 'must be a host name such as voice.example')
  .transform((value) => value.toLowerCase());
const variables = {
  API_KEYS: list(
    '',
    'tenant:sha256-of-key pairs, made with `npm run api-key -- TENANT`; without these, API_KEYS_FILE and AUTH_JWT_ISSUER only loopback is served, without a key',
    apiKeyEntrySchema,
  ),
  API_KEYS_FILE: optionalText(
    'file of named keys with scopes, limits and expiry, made with `npm run keys`; read again when it changes; a relative path counts from the project',
  ),
  API_KEYS_FILE_MAX_BYTES: sizeBytes(1_048_576, 'longest file of keys that is read, about 3,000 keys'),
  API_KEYS_POLL_MS: durationMs(
    500,
    'how often the file of keys is looked at, so how soon a revoked key is refused',
    {
      min: 10,
      max: 60_000,
    },
  ),
  CORS_ORIGINS: list(
    '',
    'origins of web pages that may call, e.g. https://app.example; the demo profile adds every localhost origin',
    originSchema,
  ),
  ALLOWED_HOSTS: list(
    '',
    'Host headers accepted, e.g. voice.example; other names than loopback need API_KEYS; empty: loopback names without API_KEYS, any with them',
    hostSchema,
  ),
  TENANT_SHARE_PERCENT: count(
    75,
    'with several tenants that have keys: what one of them may hold at most of a limit that all share (places, kept bytes); the rest is kept for the others',
    { max: 100 },
  ),
} as const;

/** Another one who says who may call. */
interface Issuer {
  readonly AUTH_JWT_ISSUER?: string | undefined;
}

export const authConfig = configSlice(
  'auth',
  'Who may call',
  variables,
  (env: EnvOf<typeof variables> & ProcessEnv & Issuer) => {
    const hasIssuer = env.AUTH_JWT_ISSUER !== undefined;
    const keys: readonly ApiKeyEntry[] = env.API_KEYS.map(parseApiKeyEntry);
    const keysFile = env.API_KEYS_FILE === undefined ? undefined : fromProject(env.API_KEYS_FILE);
    /** An issuer may name any number of tenants, of which none shall take all. */
    const leastTenants = hasIssuer ? 2 : 1;
    /** The one value that changes while the server runs: tenants come and go with the file of keys (`KeyRing`). */
    const tenantSharing: TenantSharing = {
      tenants: Math.max(leastTenants, new Set(keys.map(({ tenantId }) => tenantId)).size),
      percent: env.TENANT_SHARE_PERCENT,
    };
    return {
      /** Of `API_KEYS`. All keys that are valid now: `KeyRing`. */
      keys,
      keysFile,
      keysFileMaxBytes: env.API_KEYS_FILE_MAX_BYTES,
      keysPollMs: env.API_KEYS_POLL_MS,
      /** Nobody can have a key, so only this machine is served. */
      isKeyless: keys.length === 0 && keysFile === undefined && !hasIssuer,
      corsOrigins: env.CORS_ORIGINS,
      allowLocalhostOrigins: env.PROFILE === 'demo',
      allowedHosts: env.ALLOWED_HOSTS,
      leastTenants,
      tenantSharing,
    };
  },
);
