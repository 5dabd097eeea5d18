import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { hostRefusal, sourceRefusal, type SourcePolicy } from './request-source.js';

const LOCAL: SourcePolicy = {
  origins: [],
  allowLocalhostOrigins: false,
  hosts: [],
  isKeyless: true,
};
const PUBLIC: SourcePolicy = { ...LOCAL, origins: ['https://app.example'], isKeyless: false };

function isAdmitted(headers: IncomingHttpHeaders, policy: SourcePolicy): boolean {
  return sourceRefusal(headers, policy) === undefined;
}

describe(sourceRefusal.name, () => {
  it.each<[string, IncomingHttpHeaders, SourcePolicy]>([
    ['a program without browser headers', { host: 'localhost:3000' }, LOCAL],
    [
      'our own page',
      { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' },
      LOCAL,
    ],
    ['the address bar', { host: '127.0.0.1:3000', 'sec-fetch-site': 'none' }, LOCAL],
    ['an IPv6 loopback host', { host: '[::1]:3000' }, LOCAL],
    [
      'a listed page',
      { host: 'api.example', origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
      PUBLIC,
    ],
    [
      'an audio element of a listed page',
      { host: 'api.example', referer: 'https://app.example/player', 'sec-fetch-site': 'same-site' },
      PUBLIC,
    ],
    [
      'a development page in the demo',
      { host: 'localhost:3000', origin: 'http://localhost:5173' },
      { ...LOCAL, allowLocalhostOrigins: true },
    ],
    ['a host in capitals', { host: 'LOCALHOST:3000', origin: 'http://localhost:3000' }, LOCAL],
    [
      'what a proxy passes on, once keys are needed',
      { host: 'voice.example', 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
      PUBLIC,
    ],
    ['any host name once keys are needed', { host: 'voice.example' }, PUBLIC],
    ['a listed host', { host: 'voice.example:8443' }, { ...LOCAL, hosts: ['voice.example'] }],
  ])('admits %s', (_who, headers, policy) => {
    expect(isAdmitted(headers, policy)).toBe(true);
  });

  it.each<[string, IncomingHttpHeaders, SourcePolicy]>([
    ['a foreign page', { host: 'localhost:3000', origin: 'https://evil.example' }, LOCAL],
    [
      'a page on another local port outside the demo',
      { host: 'localhost:3000', origin: 'http://localhost:5173' },
      LOCAL,
    ],
    [
      'a sandboxed page',
      { host: 'localhost:3000', origin: 'null' },
      { ...LOCAL, allowLocalhostOrigins: true },
    ],
    ['an image of a foreign page', { host: 'localhost:3000', 'sec-fetch-site': 'cross-site' }, LOCAL],
    [
      'an image of a foreign page that hides its address',
      { host: 'api.example', 'sec-fetch-site': 'same-site' },
      PUBLIC,
    ],
    [
      'an origin that begins like a listed one',
      { host: 'api.example', origin: 'https://app.example.evil.example' },
      PUBLIC,
    ],
    ['a rebound host name', { host: 'evil.example:3000' }, LOCAL],
    [
      'a rebound host name with its own origin',
      { host: 'evil.example', origin: 'http://evil.example' },
      LOCAL,
    ],
    [
      'an image whose browser writes odd cases',
      { host: 'localhost:3000', 'sec-fetch-site': 'Cross-Site' },
      LOCAL,
    ],
    ['an origin of another scheme', { host: '127.0.0.1:3000', origin: 'ftp://127.0.0.1:3000' }, LOCAL],
    [
      'an origin that hides its host behind a user',
      { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000@evil.example' },
      LOCAL,
    ],
    ['an address that is none', { host: '127.999.999.999' }, LOCAL],
    ['an empty host', { host: '' }, LOCAL],
    [
      'our own page under a name that a proxy has replaced',
      {
        host: '127.0.0.1:3000',
        referer: 'https://voice.example/',
        'sec-fetch-site': 'same-origin',
      },
      LOCAL,
    ],
    ['a host that is not listed', { host: 'other.example' }, { ...PUBLIC, hosts: ['voice.example'] }],
  ])('refuses %s', (_who, headers, policy) => {
    expect(isAdmitted(headers, policy)).toBe(false);
  });
});

describe(hostRefusal.name, () => {
  it.each([
    'forwarded',
    'via',
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-prefix',
    'x-forwarded',
    'x-original-forwarded-for',
    'cf-connecting-ip',
    'true-client-ip',
    'x-envoy-external-address',
    'fastly-client-ip',
  ])('takes %s for a proxy when there are no keys', (name) => {
    expect(hostRefusal({ host: 'localhost:3000', [name]: '' }, LOCAL)).toBe('proxy');
  });

  it.each(['accept', 'x-request-id', 'x-api-key', 'x-stainless-os', 'x-forward', 'priority'])(
    'does not take %s for one',
    (name) => {
      expect(hostRefusal({ host: 'localhost:3000', [name]: 'x' }, LOCAL)).toBeUndefined();
    },
  );
});
