import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../config/app-config.js';

/** Which pages and host names may reach the server. */
export interface SourcePolicy {
  /** Origins of other sites whose pages may call. */
  origins: readonly string[];
  /** Demo profile: pages of any local development server may call. */
  allowLocalhostOrigins: boolean;
  /** Host headers accepted. Empty: see `requireLoopbackHost`. */
  hosts: readonly string[];
  /** Without API keys only loopback names are accepted, so that a rebound DNS name reaches nothing. */
  requireLoopbackHost: boolean;
}

/**
 * A browser can be made to call us by any page it shows. Such a call carries the visitor's network position, so it is
 * refused unless the page is ours or listed. Programs that are no browsers send none of these headers and pass.
 * @returns why the request is refused, or undefined when it may go on
 */
export function foreignReason(headers: IncomingHttpHeaders, policy: SourcePolicy): string | undefined {
  if (!isKnownHost(headers.host, policy)) return 'This host name is not served here.';
  if (headers.origin !== undefined) {
    return isKnownOrigin(headers.origin, headers.host, policy)
      ? undefined
      : 'Pages of this origin may not call.';
  }
  // `<img src>` and `<audio src>` send no Origin, but say that another site asked.
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') {
    const page = originOf(headers.referer);
    const isListed = page !== undefined && isKnownOrigin(page, headers.host, policy);
    return isListed ? undefined : 'Pages of other sites may not call.';
  }
  return undefined;
}

/** Whether pages of `origin` may read our answers (CORS). */
export function isListedOrigin(origin: string, policy: SourcePolicy): boolean {
  if (policy.origins.includes(origin)) return true;
  const host = hostOf(origin);
  return policy.allowLocalhostOrigins && host !== undefined && isLoopback(hostNameOf(host));
}

function isKnownOrigin(origin: string, host: string | undefined, policy: SourcePolicy): boolean {
  return (host !== undefined && hostOf(origin) === host) || isListedOrigin(origin, policy);
}

function isKnownHost(host: string | undefined, policy: SourcePolicy): boolean {
  if (policy.hosts.length > 0)
    return host !== undefined && policy.hosts.some((known) => known === host || known === hostNameOf(host));
  return !policy.requireLoopbackHost || host === undefined || isLoopback(hostNameOf(host));
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
