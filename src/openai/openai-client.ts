import OpenAI from 'openai';
import type { OpenAiEndpoint } from './openai.config.js';
import { createProviderFetch } from './provider-fetch.js';
import { retryingFetch } from './retrying-fetch.js';

/**
 * A client for one OpenAI-compatible service. The SDK does authentication and typed errors. Its retries are off: it would repeat
 * what may have been begun, and wait for as long as a service asks (see `retryingFetch`). `timeout` bounds the wait for the
 * headers, all tries together; silence later on is the reader's business (`withIdleTimeout`).
 */
export function createOpenAiClient(
  endpoint: OpenAiEndpoint,
  { isRepeatable = false }: { isRepeatable?: boolean } = {},
): OpenAI {
  return new OpenAI({
    // The SDK refuses to start without a key; local servers need none, and are sent none.
    apiKey: endpoint.apiKey?.reveal() ?? 'none',
    ...(endpoint.apiKey === undefined && { defaultHeaders: { Authorization: null } }),
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    timeout: endpoint.headersTimeoutMs,
    fetch: retryingFetch(createProviderFetch(endpoint.connectTimeoutMs), {
      maxRetries: endpoint.maxRetries,
      maxWaitMs: endpoint.retryWaitMs,
      isRepeatable,
    }),
    // The SDK would write request details to the console.
    logLevel: 'off',
  });
}
