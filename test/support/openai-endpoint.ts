import type { OpenAiEndpoint } from '../../src/openai/openai.config.js';

/** How to reach a local service: asked once, without a key, patiently. */
export function endpointAt(baseUrl: string, overrides: Partial<OpenAiEndpoint> = {}): OpenAiEndpoint {
  return {
    baseUrl,
    apiKey: undefined,
    maxRetries: 0,
    retryWaitMs: 1_000,
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 5_000,
    ...overrides,
  };
}
