import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../config/load-env.js';
import { selfSigned } from '../../test/support/self-signed-certificate.js';
import { checkPair, readPair } from './certificate.js';

const ONE = selfSigned();
const OTHER = selfSigned();
const HOUR_MS = 3_600_000;

function pairOf(cert: string, key: string): { cert: Buffer; key: Buffer } {
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

describe(checkPair.name, () => {
  it('finds a certificate and its key good', () => {
    expect(checkPair(pairOf(ONE.cert, ONE.key)).expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  it.each<[string, string, string, RegExp]>([
    ['a key of another certificate', ONE.cert, OTHER.key, /^TLS_KEY: .*another certificate/],
    ['no certificate', 'words', ONE.key, /^TLS_CERT: .*no certificate/],
    ['no key', ONE.cert, 'words', /^TLS_KEY: .*no private key/],
    ['the two exchanged', ONE.key, ONE.cert, /^TLS_CERT: .*no certificate/],
    ['half a certificate', ONE.cert.slice(0, 200), ONE.key, /^TLS_CERT/],
  ])('refuses %s, and repeats nothing of it', (_what, cert, key, message) => {
    expect(() => checkPair(pairOf(cert, key))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
    expect(() => checkPair(pairOf(cert, key))).toThrow(ConfigError);
  });

  it('refuses one that has expired, and one whose time has not come', () => {
    const old = selfSigned({ untilMs: Date.now() - HOUR_MS });
    const early = selfSigned({ fromMs: Date.now() + HOUR_MS });

    expect(() => checkPair(pairOf(old.cert, old.key))).toThrow(/^TLS_CERT: .*has expired at 20/);
    expect(() => checkPair(pairOf(early.cert, early.key))).toThrow(/^TLS_CERT: .*not valid before 20/);
  });
});

describe(readPair.name, () => {
  it('names the variable of a file that cannot be read', () => {
    expect(() => readPair({ certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' })).toThrow(
      'TLS_CERT: the file cannot be read',
    );
  });
});
