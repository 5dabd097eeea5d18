import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Loopback names and addresses, with or without brackets: 127.0.0.0/8, also mapped into IPv6, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  if (family === 0) return name.toLowerCase() === 'localhost';
  return LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** The name or address in a `Host` header or an authority, without the port. */
export function hostNameOf(host: string): string {
  return host.replace(/:\d*$/, '');
}
