import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export type NameLookup = (name: string) => Promise<{ address: string; family: number }[]>;

/** The resolver of the system: it knows the hosts file and the search domains of a cluster. */
const systemLookup: NameLookup = (name) => lookup(name, { all: true });

/**
 * The addresses behind a worker's URL: one per address of its name, so that one name (a headless service, a scaled compose
 * service) can stand for many workers. TLS certificates are for names: a `wss:` URL is one worker or one load balancer.
 */
export async function resolveWorkers(url: string, lookUp = systemLookup): Promise<string[]> {
  const { protocol, hostname } = new URL(url);
  const isOne = protocol === 'wss:' || hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) > 0;
  if (isOne) return [url];
  const found = await lookUp(hostname);
  return found.map(({ address, family }) => {
    const worker = new URL(url);
    worker.hostname = family === 6 ? `[${address}]` : address;
    return worker.href;
  });
}
