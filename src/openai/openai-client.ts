import OpenAI from 'openai';
import type { OpenAiEndpoint } from '../config/app-config.js';
import { createProviderFetch } from './provider-fetch.js';

/**
 * A client for one OpenAI-compatible service. The SDK does authentication, retries with backoff (before the answer begins
 * only) and typed errors. `timeout` bounds the wait for the headers; silence later on is the reader's business
 * (`withIdleTimeout`).
 */
export function createOpenAiClient(endpoint: OpenAiEndpoint): OpenAI {
  return new OpenAI({
    // The SDK refuses to start without a key; local servers need none.
    apiKey: endpoint.apiKey?.reveal() ?? 'none',
    baseURL: endpoint.baseUrl,
    maxRetries: endpoint.maxRetries,
    timeout: endpoint.headersTimeoutMs,
    fetch: createProviderFetch(endpoint.connectTimeoutMs),
    // The SDK would write request details to the console.
    logLevel: 'off',
  });
}
