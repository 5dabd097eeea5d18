import { EnvHttpProxyAgent, fetch, type Response } from 'undici';

/** GET with `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` honoured, following redirects. */
export class HttpClient {
  readonly #agent = new EnvHttpProxyAgent();

  get(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(url, { dispatcher: this.#agent, signal, headers });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
