import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../config/load-env.js';
import { configurationOf } from '../../configuration.js';

const COMPLETE = {
  AUTH_JWT_ISSUER: 'https://id.example/',
  AUTH_JWT_AUDIENCE: 'https://voice.example,other',
  AUTH_JWT_JWKS_URL: 'https://id.example/jwks',
};

describe('the configuration of an identity provider', () => {
  it('is nothing unless it is asked for', () => {
    expect(configurationOf({}).issuer.trusted).toBeUndefined();
  });

  it('gives every scope but admin by default', () => {
    const { trusted } = configurationOf(COMPLETE).issuer;

    expect(trusted?.audiences).toEqual(['https://voice.example', 'other']);
    expect(trusted?.allowedScopes).toEqual(new Set(['tts', 'chat', 'transcription', 'files', 'realtime']));
  });

  it('opens the server to others, as keys do, and lets no tenant take all', () => {
    const { auth } = configurationOf({ ...COMPLETE, HOST: '0.0.0.0', TRUST_PROXY: '10.0.0.0/8' });

    expect(auth).toMatchObject({ isKeyless: false, tenantSharing: { tenants: 2 } });
  });

  it.each(['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE', 'AUTH_JWT_JWKS_URL'])('is refused without %s', (name) => {
    const incomplete = configurationOf.bind(undefined, { ...COMPLETE, [name]: '' });

    expect(incomplete).toThrow(ConfigError);
    expect(incomplete).toThrow(new RegExp(`^${name} must be set too`));
  });

  it.each([
    ['AUTH_JWT_JWKS_URL', 'http://id.example/jwks', /must be https/],
    ['AUTH_JWT_JWKS_URL', 'https://me:secret@id.example/jwks', /no user and no password/],
    ['AUTH_JWT_JWKS_URL', 'file:///etc/passwd', /AUTH_JWT_JWKS_URL/],
    ['AUTH_JWT_ALGORITHMS', 'HS256', /AUTH_JWT_ALGORITHMS/],
    ['AUTH_JWT_ALGORITHMS', 'RS256,none', /AUTH_JWT_ALGORITHMS/],
    ['AUTH_JWT_LEEWAY_MS', '60001', /AUTH_JWT_LEEWAY_MS/],
    ['AUTH_JWT_ALLOWED_SCOPES', 'world', /AUTH_JWT_ALLOWED_SCOPES/],
    ['AUTH_JWT_JWKS_MAX_AGE_MS', '1000', /AUTH_JWT_JWKS_MAX_AGE_MS must not be less/],
  ])('is refused with %s=%s', (name, value, message) => {
    const wrong = configurationOf.bind(undefined, { ...COMPLETE, [name]: value });

    expect(wrong).toThrow(message);
    expect(wrong).not.toThrow(/secret|passwd/);
  });

  it.each(['http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]/jwks'])(
    'takes %s, which is this machine',
    (address) => {
      expect(configurationOf({ ...COMPLETE, AUTH_JWT_JWKS_URL: address }).issuer.trusted).toBeDefined();
    },
  );
});
