import { z } from 'zod';
import type { TenantSharing } from '../common/limits/tenant-shares.js';
import type { ProcessEnv } from '../config/process.config.js';
import { apiKeyEntrySchema, parseApiKeyEntry, type ApiKeyEntry } from './api-key-entry.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, list } from '../config/env-variables.js';
import { originSchema } from './origin-schema.js';

/** As a Host header has it. */
const hostSchema = z
  .string()
  .regex(/^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i, 'must be a host name such as voice.example')
  .transform((value) => value.toLowerCase());
const variables = {
  API_KEYS: list(
    '',
    'tenant:sha256-of-key pairs, made with `npm run api-key -- TENANT`; empty: only loopback is served, without a key',
    apiKeyEntrySchema,
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
    'with several tenants in API_KEYS: what one of them may hold at most of a limit that all share (places, kept bytes); the rest is kept for the others',
    { max: 100 },
  ),
} as const;

export const authConfig = configSlice(
  'auth',
  'Who may call',
  variables,
  (env: EnvOf<typeof variables> & ProcessEnv) => {
    const keys: readonly ApiKeyEntry[] = env.API_KEYS.map(parseApiKeyEntry);
    const tenantSharing: TenantSharing = {
      tenants: Math.max(1, new Set(keys.map(({ tenantId }) => tenantId)).size),
      percent: env.TENANT_SHARE_PERCENT,
    };
    return {
      keys,
      corsOrigins: env.CORS_ORIGINS,
      allowLocalhostOrigins: env.PROFILE === 'demo',
      allowedHosts: env.ALLOWED_HOSTS,
      tenantSharing,
    };
  },
);
