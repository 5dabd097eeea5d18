import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { foreignReason, type SourcePolicy } from './request-source.js';

const LOCAL: SourcePolicy = {
  origins: [],
  allowLocalhostOrigins: false,
  hosts: [],
  requireLoopbackHost: true,
};
const PUBLIC: SourcePolicy = { ...LOCAL, origins: ['https://app.example'], requireLoopbackHost: false };

function isAdmitted(headers: IncomingHttpHeaders, policy: SourcePolicy): boolean {
  return foreignReason(headers, policy) === undefined;
}

describe(foreignReason.name, () => {
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
    ['a host that is not listed', { host: 'other.example' }, { ...PUBLIC, hosts: ['voice.example'] }],
  ])('refuses %s', (_who, headers, policy) => {
    expect(isAdmitted(headers, policy)).toBe(false);
  });
});
