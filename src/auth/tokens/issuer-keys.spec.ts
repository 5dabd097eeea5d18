import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errors, exportJWK } from 'jose';
import { FakeIssuer, issuerKey, type KeySetScript } from '../../../test/support/fake-issuer.js';
import { IssuerKeys } from './issuer-keys.js';
import type { KeySetSettings } from './issuer.config.js';

const NO_INPUT = { payload: '', signature: '' };
const COOLDOWN_MS = 30_000;
const MAX_AGE_MS = 86_400_000;

const html: KeySetScript = (response) =>
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Sign in</h1>');
const json =
  (body: string): KeySetScript =>
  (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);

describe(IssuerKeys.name, () => {
  let issuer: FakeIssuer;
  let sut: IssuerKeys;
  let nowMs: number;

  beforeEach(async () => {
    issuer = await FakeIssuer.start();
    nowMs = 0;
    sut = make();
  });

  afterEach(async () => {
    sut.onModuleDestroy();
    await issuer.close();
  });

  function make(settings: Partial<KeySetSettings> = {}): IssuerKeys {
    return new IssuerKeys(
      {
        url: new URL(`${issuer.url}/jwks`),
        // Long where it must not strike, since a machine may be slow.
        timeoutMs: 30_000,
        maxBytes: 65_536,
        refreshMs: 600_000,
        cooldownMs: COOLDOWN_MS,
        maxAgeMs: MAX_AGE_MS,
        ...settings,
      },
      () => nowMs,
    );
  }

  const find = (kid: string | undefined = 'first', alg = 'ES256'): Promise<unknown> =>
    sut.find({ alg, ...(kid !== undefined && { kid }) }, NO_INPUT);

  it('are fetched once for all who ask at once', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => find()));

    expect(new Set(found).size).toBe(1);
    expect(issuer.asked).toEqual(['/jwks']);
  });

  it('are fetched at most once in a cooldown, whatever keys tokens name', async () => {
    await find();
    for (let round = 1; round <= 3; round += 1) {
      nowMs += COOLDOWN_MS;
      const made = Array.from({ length: 50 }, (_, index) => find(`made-up-${round}-${index}`));
      const outcomes = await Promise.allSettled(made);

      expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
      expect(issuer.asked).toHaveLength(1 + round);
    }
  });

  it('are fetched at most once in a cooldown also while they cannot be', async () => {
    issuer.script = (response) => response.socket?.destroy();
    for (let round = 1; round <= 3; round += 1) {
      for (let index = 0; index < 10; index += 1) await find().catch(() => undefined);

      expect(issuer.asked).toHaveLength(round);
      nowMs += COOLDOWN_MS;
    }
  });

  it('follow a rotation', async () => {
    await find();
    const next = await issuerKey('next');
    issuer.keys = [next.published];
    nowMs += COOLDOWN_MS;

    await expect(find('next')).resolves.toMatchObject({ type: 'public' });
    await expect(find('first')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  it('go on while no newer ones can be fetched, and say what they cannot judge', async () => {
    await find();
    issuer.script = html;
    nowMs += COOLDOWN_MS;

    await expect(find('unknown')).rejects.toMatchObject({
      code: 'auth_unavailable',
      retryable: true,
      retryAfterMs: COOLDOWN_MS,
    });
    await expect(find()).resolves.toBeDefined();
    expect(sut).toMatchObject({ areThere: true, fault: 'its answer holds no public keys' });
  });

  it('are used no longer than they may be', async () => {
    await find();
    issuer.script = html;
    nowMs += MAX_AGE_MS + 1;

    await expect(find()).rejects.toMatchObject({ code: 'auth_unavailable' });
    issuer.script = (response) => issuer.publish(response);
    nowMs += COOLDOWN_MS;
    await expect(find()).resolves.toBeDefined();
    expect(sut.fault).toBeUndefined();
  });

  it.each<[string, KeySetScript, RegExp]>([
    ['a page', html, /no public keys/],
    ['an empty set', json('{"keys":[]}'), /no public keys/],
    ['no list', json('{"keys":{"kty":"RSA"}}'), /no public keys/],
    ['half a set', json('{"keys":[{"kty":"EC"'), /no public keys/],
    [
      'a secret that everybody knows',
      json('{"keys":[{"kty":"oct","kid":"first","k":"c2VjcmV0"}]}'),
      /no public/,
    ],
    ['a list with something else in it', json('{"keys":[{"kty":"EC"},7]}'), /no set of keys/],
    [
      'a long answer',
      json(JSON.stringify({ keys: [], filling: 'x'.repeat(70_000) })),
      /longer than 65536 bytes/,
    ],
    [
      'an answer without an end',
      (response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        const pour = (): void =>
          void (response.destroyed || response.write(' '.repeat(8_192), () => setImmediate(pour)));
        pour();
      },
      /longer than 65536 bytes/,
    ],
    [
      'a small answer that is large inside',
      (response) =>
        response
          .writeHead(200, { 'Content-Encoding': 'gzip' })
          .end(gzipSync(JSON.stringify({ keys: [], filling: 'x'.repeat(5_000_000) }))),
      /longer than 65536 bytes/,
    ],
    ['an error', (response) => response.writeHead(500).end('{"keys":[]}'), /answers with 500/],
    ['nothing but a reset', (response) => response.socket?.destroy(), /cannot be reached/],
  ])('are not taken from %s', async (_what, script, fault) => {
    issuer.script = script;

    await expect(find()).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(sut.fault).toMatch(fault);
    expect(sut.areThere).toBe(false);
  });

  it('are not taken from where an answer points to', async () => {
    issuer.script = (response, { url }) =>
      url === '/jwks' ? response.writeHead(302, { Location: '/other' }).end() : issuer.publish(response);

    await expect(find()).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(sut.fault).toMatch(/answers with 302/);
    expect(issuer.asked).toEqual(['/jwks']);
  });

  it.each<[string, KeySetScript]>([
    ['never comes', () => undefined],
    ['stops in its midst', (response) => void response.writeHead(200).write('{"keys":[')],
  ])('are not waited for when their answer %s', async (_what, script) => {
    sut = make({ timeoutMs: 1_500 });
    issuer.script = script;

    await expect(find()).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(sut.fault).toBe('it does not answer in time');
  });

  it('are given up at the end of the server', async () => {
    issuer.script = () => undefined;
    sut.onApplicationBootstrap();
    const answer = find();
    sut.onModuleDestroy();

    await expect(answer).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(sut.fault).toBeUndefined();
  });

  it('are none where two have one name', async () => {
    const twin = await issuerKey('first');
    issuer.keys = [issuer.own.published, twin.published];

    await expect(find()).rejects.toBeInstanceOf(errors.JWKSMultipleMatchingKeys);
  });

  it('may name no algorithm, and are then good for that of their kind', async () => {
    const { alg: _alg, ...published } = issuer.own.published;
    issuer.keys = [published];

    await expect(find()).resolves.toBeDefined();
    await expect(find('first', 'RS256')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  it('are not secret: one whose secret half was published opens nothing', async () => {
    issuer.keys = [{ ...(await exportJWK(issuer.own.privateKey)), kid: 'first', alg: 'ES256' }];

    await expect(find()).rejects.toBeInstanceOf(errors.JOSEError);
  });

  it('for encryption verify nothing', async () => {
    issuer.keys = [{ ...issuer.own.published, use: 'enc' }];

    await expect(find()).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });
});
