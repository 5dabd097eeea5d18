import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { TrustedProxies } from './trusted-proxies.js';

function from(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return {
    socket: { remoteAddress },
    headers: { host: 'inner:3000', ...headers },
  } as unknown as IncomingMessage;
}

const SAID = {
  'x-forwarded-for': '198.51.100.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'voice.example',
};

describe(TrustedProxies.name, () => {
  it.each<[string, string[], string]>([
    ['a named address', ['203.0.113.1'], '203.0.113.1'],
    ['a named network', ['10.0.0.0/8'], '10.9.8.7'],
    ['loopback', ['loopback'], '127.0.0.1'],
    ['loopback, mapped into IPv6', ['loopback'], '::ffff:127.0.0.1'],
    ['a network of IPv6', ['2001:db8::/32'], '2001:db8::5'],
  ])('believes %s', (_who, entries, peer) => {
    expect(new TrustedProxies(entries).clientOf(from(peer, SAID))).toEqual({
      address: '198.51.100.7',
      protocol: 'https',
      host: 'voice.example',
    });
  });

  it.each<[string, string[], string]>([
    ['nobody when none is named', [], '127.0.0.1'],
    ['no other address', ['203.0.113.1'], '203.0.113.2'],
    ['no other network', ['10.0.0.0/8'], '11.0.0.1'],
  ])('believes %s', (_who, entries, peer) => {
    expect(new TrustedProxies(entries).clientOf(from(peer, SAID))).toEqual({
      address: peer,
      protocol: 'http',
      host: 'inner:3000',
    });
  });

  it.each([
    ['what stands before the word of a stranger', '127.0.0.1, 198.51.100.7', '198.51.100.7'],
    [
      'what stands before a second proxy that is not named',
      '192.0.2.1, 203.0.113.50, 10.0.0.2',
      '203.0.113.50',
    ],
    ['a name', 'localhost', '10.0.0.1'],
    ['nothing that is no address', '192.0.2.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['a port', '198.51.100.7:4711', '198.51.100.7'],
    ['a port of IPv6', '[2001:db8::1]:4711', '2001:db8::1'],
    ['an empty list', '', '10.0.0.1'],
  ])('is not led astray by %s', (_what, forwardedFor, address) => {
    const request = from('10.0.0.1', { 'x-forwarded-for': forwardedFor });

    expect(new TrustedProxies(['10.0.0.0/8']).clientOf(request).address).toBe(address);
  });
});
