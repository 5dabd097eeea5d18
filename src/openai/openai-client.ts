import OpenAI from 'openai';
import type { OpenAiEndpoint } from '../config/app-config.js';

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
    fetch: fetchWithPlainAbort,
    // The SDK would write request details to the console.
    logLevel: 'off',
  });
}

/**
 * An aborted fetch throws a DOMException, in which the SDK recognises its own timeout only where that is an `Error`: not in
 * a realm of its own, such as jest's.
 */
async function fetchWithPlainAbort(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (init?.signal?.aborted)
      throw Object.assign(new Error('The request was aborted.', { cause: error }), { name: 'AbortError' });
    throw error;
  }
}
