import type { IncomingHttpHeaders } from 'node:http';
import { hostNameOf, isLoopback } from '../config/loopback.js';
import { cameThroughProxy } from './forwarding-headers.js';

/** Which pages and host names may reach the server. */
export interface SourcePolicy {
  /** Origins of other sites whose pages may call. */
  origins: readonly string[];
  /** Demo profile: pages of any local development server may call. */
  allowLocalhostOrigins: boolean;
  /** Host headers accepted. Empty: see `isKeyless`. */
  hosts: readonly string[];
  /**
   * Without API keys only this machine is served: loopback names, so that a rebound DNS name reaches nothing, and nothing that a
   * proxy passes on, because behind one everybody comes from this machine.
   */
  isKeyless: boolean;
}

/** Why a request is refused: who passed it on, the host name it asks for, or the page it comes from. */
export type Refusal = 'proxy' | 'host' | 'origin' | 'site';

export const REFUSALS: Record<Refusal, string> = {
  proxy: 'This request came through a proxy. Without API_KEYS only programs on this machine are served.',
  host: 'This host name is not served here: it is not in ALLOWED_HOSTS.',
  origin: 'Pages of this origin may not call: it is not in CORS_ORIGINS.',
  site: 'Pages of other sites may not call: their origin is not in CORS_ORIGINS.',
};

/** What holds for everything that is served, files and Socket.io's client included. */
export function hostRefusal(headers: IncomingHttpHeaders, policy: SourcePolicy): Refusal | undefined {
  if (policy.isKeyless && cameThroughProxy(headers)) return 'proxy';
  return isKnownHost(headers.host, policy) ? undefined : 'host';
}

/**
 * A browser can be made to call us by any page it shows. Such a call carries the visitor's network position, so it is
 * refused unless the page is ours or listed. Programs that are no browsers send none of these headers and pass.
 */
export function sourceRefusal(headers: IncomingHttpHeaders, policy: SourcePolicy): Refusal | undefined {
  const refusal = hostRefusal(headers, policy);
  if (refusal !== undefined) return refusal;
  if (headers.origin !== undefined)
    return isKnownOrigin(headers.origin, headers.host, policy) ? undefined : 'origin';
  // `<img src>` and `<audio src>` send no Origin, but say that another site asked.
  const site = headers['sec-fetch-site']?.toString().toLowerCase();
  const page = originOf(headers.referer);
  const isPageKnown = page !== undefined && isKnownOrigin(page, headers.host, policy);
  if (site === 'cross-site' || site === 'same-site') return isPageKnown ? undefined : 'site';
  // Our own page by another name: some proxy has put this one in its place.
  if (policy.isKeyless && site === 'same-origin' && page !== undefined && !isPageKnown) return 'proxy';
  return undefined;
}

/** Whether pages of `origin` may read our answers (CORS). */
export function isListedOrigin(origin: string, policy: SourcePolicy): boolean {
  if (policy.origins.includes(origin)) return true;
  const host = hostOf(origin);
  return policy.allowLocalhostOrigins && host !== undefined && isLoopback(hostNameOf(host));
}

/** Whether a page of `origin` is ours (served under the host name of the request) or listed. */
export function isKnownOrigin(origin: string, host: string | undefined, policy: SourcePolicy): boolean {
  return (host !== undefined && hostOf(origin) === host.toLowerCase()) || isListedOrigin(origin, policy);
}

function isKnownHost(host: string | undefined, policy: SourcePolicy): boolean {
  const given = host?.toLowerCase();
  if (policy.hosts.length > 0)
    return (
      given !== undefined && policy.hosts.some((known) => known === given || known === hostNameOf(given))
    );
  return !policy.isKeyless || given === undefined || isLoopback(hostNameOf(given));
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

/** The host of a web page's origin; `null`, `file:` and the like have none. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) ? new URL(origin).host : undefined;
}
