import type { Secret } from '../config/secret.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, httpUrl, optionalDurationMs, optionalSecret } from '../config/env-variables.js';
import type { ProcessEnv } from '../config/process.config.js';
import { bringsProvider } from '../config/profile.js';

const variables = {
  OPENAI_API_KEY: bringsProvider(
    optionalSecret(
      'key for every feature that has none of its own and no base URL of its own: a key is never sent to another service',
    ),
  ),
  OPENAI_BASE_URL: httpUrl(
    'https://api.openai.com/v1',
    'base URL for every feature that has none of its own',
  ),
  OPENAI_MAX_RETRIES: count(
    2,
    'tries again of a request that was surely not begun (no connection, 429, 503 with Retry-After); 0 for a speech service with a fallback',
    { min: 0, max: 10 },
  ),
  OPENAI_RETRY_WAIT_MS: durationMs(
    2_000,
    'longest wait before such a try; a service that asks for more is not asked again',
  ),
  OPENAI_CONNECT_TIMEOUT_MS: durationMs(5_000, 'wait for a connection, each try'),
  OPENAI_HEADERS_TIMEOUT_MS: optionalDurationMs(
    'wait for the answer to begin, all tries; default: 30000 for speech, 300000 for a streamed chat answer',
  ),
} as const;

export type OpenAiEnv = EnvOf<typeof variables>;

/** How to reach one OpenAI-compatible service. */
export interface OpenAiEndpoint {
  baseUrl: string;
  /** Absent for local servers that want none. */
  apiKey: Secret | undefined;
  maxRetries: number;
  /** Longest wait before a request is repeated. */
  retryWaitMs: number;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
}

/** A feature's own key and address, which count before the general ones. */
interface OwnService {
  apiKey: Secret | undefined;
  baseUrl: string | undefined;
}

/** The general service. Features make theirs of the same variables by `endpointOf`. */
export const openAiConfig = configSlice(
  'openai',
  'OpenAI-compatible services',
  variables,
  (env: OpenAiEnv): OpenAiEndpoint => endpointOf(env, { apiKey: undefined, baseUrl: undefined }),
);

export function endpointOf(env: OpenAiEnv, { apiKey, baseUrl }: OwnService): OpenAiEndpoint {
  return {
    // A key of one service must not be sent to another: a base URL of its own comes with a key of its own, or none.
    apiKey: apiKey ?? (baseUrl === undefined ? env.OPENAI_API_KEY : undefined),
    baseUrl: baseUrl ?? env.OPENAI_BASE_URL,
    maxRetries: env.OPENAI_MAX_RETRIES,
    retryWaitMs: env.OPENAI_RETRY_WAIT_MS,
    connectTimeoutMs: env.OPENAI_CONNECT_TIMEOUT_MS,
    headersTimeoutMs: env.OPENAI_HEADERS_TIMEOUT_MS ?? 30_000,
  };
}

/**
 * The provider of a feature: the one that is named, else its OpenAI-compatible service, else in the demo profile the one that needs none.
 * @returns undefined when the feature has no provider
 */
export function chooseProvider<Provider extends string>(
  env: OpenAiEnv & ProcessEnv,
  own: OwnService,
  named: Provider | undefined,
  ofDemo: Provider,
): Provider | 'openai' | undefined {
  if (named !== undefined) return named;
  if (isServiceSet(env, own)) return 'openai';
  return env.PROFILE === 'demo' ? ofDemo : undefined;
}

/** Whether a feature has an OpenAI-compatible service: by a key, or by an address that may want none. */
function isServiceSet(env: OpenAiEnv, { apiKey, baseUrl }: OwnService): boolean {
  return apiKey !== undefined || baseUrl !== undefined || env.OPENAI_API_KEY !== undefined;
}

/** OpenAI itself answers nobody without a key. */
export function lacksKey({ apiKey, baseUrl }: OpenAiEndpoint): boolean {
  return apiKey === undefined && new URL(baseUrl).hostname === 'api.openai.com';
}
