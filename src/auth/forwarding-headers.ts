import type { IncomingHttpHeaders } from 'node:http';

/** What proxies, tunnels and content networks add to the requests that they pass on. No client of ours sends any of them. */
const NAMES = new Set([
  'cdn-loop',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'forwarded-for',
  'true-client-ip',
  'via',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-client-ip',
  'x-cloud-trace-context',
  'x-cluster-client-ip',
  'x-coming-from',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
]);
const PREFIXES = [
  'cf-',
  'fly-',
  'x-akamai-',
  'x-appengine-',
  'x-arr-',
  'x-azure-',
  'x-envoy-',
  'x-forwarded',
  'x-nf-',
  'x-original-',
  'x-originating-',
  'x-proxy',
  'x-vercel-',
];

/** Whether another program passed the request on, so that its sender may be anywhere. */
export function cameThroughProxy(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some(
    (name) => NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
}
