import { EnvHttpProxyAgent, fetch, type Response } from 'undici';

/** GET with `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` honoured, following redirects. */
export class HttpClient {
  /** Plain HTTP is forwarded, as other programs do it: many proxies allow tunnels to port 443 only. */
  private readonly agent = new EnvHttpProxyAgent({ proxyTunnel: false });

  get(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(url, { dispatcher: this.agent, signal, headers });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
