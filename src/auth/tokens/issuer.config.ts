import { z } from 'zod';
import { configSlice, type EnvOf } from '../../config/config-slice.js';
import {
  durationMs,
  list,
  optionalHttpUrl,
  optionalText,
  sizeBytes,
  text,
} from '../../config/env-variables.js';
import { ConfigError } from '../../config/load-env.js';
import { isLoopback } from '../../config/loopback.js';
import { SCOPES, type Scope } from '../scope.js';

/** Those whose keys are public: with a shared secret everybody who verifies tokens could make them. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

const variables = {
  AUTH_JWT_ISSUER: optionalText(
    'iss of the tokens of an identity provider (JWTs) that are taken beside keys; needs AUTH_JWT_AUDIENCE and AUTH_JWT_JWKS_URL',
  ),
  AUTH_JWT_AUDIENCE: list('', 'aud that such a token must have, one of these', z.string()),
  AUTH_JWT_JWKS_URL: optionalHttpUrl('address of the public keys of AUTH_JWT_ISSUER; https, but on loopback'),
  AUTH_JWT_ALGORITHMS: list('RS256,PS256,ES256,EdDSA', 'algorithms that are taken', z.enum(ALGORITHMS), {
    min: 1,
  }),
  AUTH_JWT_TENANT_CLAIM: text('tenant', 'claim that names the tenant; a token without it is refused'),
  AUTH_JWT_SCOPES_CLAIM: text('scope', 'claim with the scopes, a text with blanks between them or an array'),
  AUTH_JWT_SCOPE_PREFIX: text(
    '',
    'what the scopes of Parley begin with in that claim, e.g. parley: for parley:tts; all others give nothing',
  ),
  AUTH_JWT_ALLOWED_SCOPES: list(
    'tts,chat,transcription,files,realtime',
    'scopes that such a token can give; admin only when it is listed here',
    z.enum(SCOPES),
    { min: 1 },
  ),
  AUTH_JWT_LEEWAY_MS: durationMs(30_000, 'how much the clock of the issuer may differ', {
    min: 0,
    max: 60_000,
  }),
  AUTH_JWT_MAX_LIFETIME_MS: durationMs(
    86_400_000,
    'how long such a token is taken after its iat, whatever its exp says',
    { min: 1_000 },
  ),
  AUTH_JWT_JWKS_TIMEOUT_MS: durationMs(5_000, 'longest wait for the keys', { max: 60_000 }),
  AUTH_JWT_JWKS_MAX_BYTES: sizeBytes(262_144, 'longest answer that is read as keys'),
  AUTH_JWT_JWKS_REFRESH_MS: durationMs(600_000, 'how often the keys are fetched again', { min: 10 }),
  AUTH_JWT_JWKS_COOLDOWN_MS: durationMs(
    30_000,
    'least time between two fetches, whatever keys tokens name and whether the last one failed',
    { min: 10 },
  ),
  AUTH_JWT_JWKS_MAX_AGE_MS: durationMs(
    86_400_000,
    'how long keys are used while no newer ones can be fetched; then auth_unavailable',
    { min: 1_000 },
  ),
} as const;

type Env = EnvOf<typeof variables>;

export interface KeySetSettings {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly refreshMs: number;
  readonly cooldownMs: number;
  readonly maxAgeMs: number;
}

/** An identity provider whose tokens are taken, and how they are read. */
export interface TrustedIssuer {
  readonly name: string;
  readonly audiences: string[];
  readonly algorithms: string[];
  readonly tenantClaim: string;
  readonly scopesClaim: string;
  readonly scopePrefix: string;
  readonly allowedScopes: ReadonlySet<Scope>;
  readonly leewayMs: number;
  readonly maxLifetimeMs: number;
  readonly keySet: KeySetSettings;
}

export const issuerConfig = configSlice(
  'issuer',
  'Tokens of an identity provider',
  variables,
  (env: Env) => ({
    trusted: trustedIssuerOf(env),
  }),
);

/** @throws ConfigError for what would take tokens of anybody, or keys from anybody */
function trustedIssuerOf(env: Env): TrustedIssuer | undefined {
  const { AUTH_JWT_ISSUER: name, AUTH_JWT_AUDIENCE: audiences, AUTH_JWT_JWKS_URL: address } = env;
  const given = { AUTH_JWT_ISSUER: name, AUTH_JWT_AUDIENCE: audiences[0], AUTH_JWT_JWKS_URL: address };
  const missing = Object.entries(given).filter(([, value]) => value === undefined);
  if (missing.length === 3) return undefined;
  if (name === undefined || address === undefined || missing.length > 0)
    throw new ConfigError(
      `${missing.map(([variable]) => variable).join(' and ')} must be set too: a token of an identity provider is taken for its issuer, its audience and its key`,
    );
  if (env.AUTH_JWT_JWKS_MAX_AGE_MS < env.AUTH_JWT_JWKS_REFRESH_MS)
    throw new ConfigError('AUTH_JWT_JWKS_MAX_AGE_MS must not be less than AUTH_JWT_JWKS_REFRESH_MS');
  return {
    name,
    audiences,
    algorithms: env.AUTH_JWT_ALGORITHMS,
    tenantClaim: env.AUTH_JWT_TENANT_CLAIM,
    scopesClaim: env.AUTH_JWT_SCOPES_CLAIM,
    scopePrefix: env.AUTH_JWT_SCOPE_PREFIX,
    allowedScopes: new Set(env.AUTH_JWT_ALLOWED_SCOPES),
    leewayMs: env.AUTH_JWT_LEEWAY_MS,
    maxLifetimeMs: env.AUTH_JWT_MAX_LIFETIME_MS,
    keySet: {
      url: safeAddress(address),
      timeoutMs: env.AUTH_JWT_JWKS_TIMEOUT_MS,
      maxBytes: env.AUTH_JWT_JWKS_MAX_BYTES,
      refreshMs: env.AUTH_JWT_JWKS_REFRESH_MS,
      cooldownMs: env.AUTH_JWT_JWKS_COOLDOWN_MS,
      maxAgeMs: env.AUTH_JWT_JWKS_MAX_AGE_MS,
    },
  };
}

/** Whoever can change the keys on their way can make tokens. */
function safeAddress(address: string): URL {
  const url = new URL(address);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw new ConfigError('AUTH_JWT_JWKS_URL must be https: only on loopback nobody can change the keys');
  if (url.username !== '' || url.password !== '')
    throw new ConfigError('AUTH_JWT_JWKS_URL must hold no user and no password: the keys are public');
  return url;
}
