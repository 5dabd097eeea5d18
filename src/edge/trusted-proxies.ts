import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { peerOf, type Client } from '../common/http/client.js';
import { isLoopback } from '../config/loopback.js';

/** Only so many proxies stand in a row. */
const MAX_ENTRIES = 32;

/**
 * The proxies whose word is taken for where a request comes from. Each proxy adds the address of its peer to the end of
 * `X-Forwarded-For`, so the list is read from its end, for as long as the one who wrote the entry is trusted. What stands before that
 * anybody may have written.
 */
export class TrustedProxies {
  private readonly networks = new BlockList();
  private readonly trustsLoopback: boolean;

  /** @param entries of `TRUST_PROXY`: addresses, networks and `loopback` */
  constructor(entries: readonly string[]) {
    this.trustsLoopback = entries.includes('loopback');
    for (const entry of entries.filter((each) => each !== 'loopback')) {
      const [address, bits] = entry.split('/');
      if (bits === undefined) this.networks.addAddress(address!, familyOf(address!));
      else this.networks.addSubnet(address!, Number(bits), familyOf(address!));
    }
  }

  trusts(address: string): boolean {
    if (isIP(address) === 0) return false;
    return (this.trustsLoopback && isLoopback(address)) || this.networks.check(address, familyOf(address));
  }

  clientOf(request: IncomingMessage): Client {
    const peer = peerOf(request);
    if (!this.trusts(peer.address)) return peer;
    const protocol = lastOf(request, 'x-forwarded-proto')?.toLowerCase();
    return {
      address: this.senderBehind(peer.address, listOf(request, 'x-forwarded-for')),
      protocol: protocol === 'https' || protocol === 'http' ? protocol : peer.protocol,
      host: lastOf(request, 'x-forwarded-host') ?? peer.host,
    };
  }

  private senderBehind(peer: string, forwardedFor: string[]): string {
    let sender = peer;
    for (const entry of forwardedFor.toReversed()) {
      if (!this.trusts(sender)) break;
      const address = withoutPort(entry);
      // `unknown`, or a name of the proxy's own: nothing before it can be believed.
      if (isIP(address) === 0) break;
      sender = address;
    }
    return sender;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Several lines of a header are one list (RFC 9110, 5.3). */
function listOf({ headers }: IncomingMessage, name: string): string[] {
  return (headers[name]?.toString() ?? '')
    .split(',')
    .slice(-MAX_ENTRIES)
    .map((each) => each.trim());
}

/** What the proxy next to us has said. */
function lastOf(request: IncomingMessage, name: string): string | undefined {
  return listOf(request, name).at(-1) || undefined;
}

/** Some proxies add the port: `203.0.113.9:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return entry
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');
}
