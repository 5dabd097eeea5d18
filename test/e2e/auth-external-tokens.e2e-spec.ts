import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportSPKI, importJWK, UnsecuredJWT, type CryptoKey, type JWTHeaderParameters } from 'jose';
import { ask } from '../support/ask.js';
import { FakeIssuer, issuerKey, type IssuerKey } from '../support/fake-issuer.js';
import { revokeToken } from '../support/mint-token.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { headersOf, keyEntry } from '../support/tenant-keys.js';
import { waitFor } from '../support/wait-for.js';

const VOICES = '/tts/voices';
const FAKES = { FEATURES: 'tts,chat', TTS_PROVIDER: 'fake', CHAT_PROVIDER: 'scripted' };

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What came of showing a token in a header. */
async function show(url: string, token: string, path = VOICES): Promise<{ status: number; code?: string }> {
  const { status, body } = await ask(`${url}${path}`, { authorization: `Bearer ${token}` });
  const { error } = (status < 400 ? {} : JSON.parse(body)) as { error?: { code: string } };
  return { status, ...(error && { code: error.code }) };
}

describe('tokens of an identity provider', () => {
  let issuer: FakeIssuer;
  let folder: TemporaryFolder;
  let sut: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    issuer = await FakeIssuer.start();
    folder = await temporaryFolder();
    sut = await startApp({
      ...FAKES,
      ...issuer.environment,
      API_KEYS: `${keyEntry('acme')},${keyEntry('globex')}`,
      AUTH_REVOKED_TOKENS_DIR: folder.path,
      AUTH_JWT_LEEWAY_MS: '0',
      AUTH_JWT_MAX_LIFETIME_MS: '7200000',
      // No cooldown ends during a test, so every fetch is counted.
      AUTH_JWT_JWKS_COOLDOWN_MS: '3600000',
    });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await sut.close();
    await issuer.close();
    await folder.remove();
  });

  async function connect(token: string): Promise<CaptionClient> {
    const client = new CaptionClient(sut.url, { auth: { token } });
    clients.push(client);
    await client.connected();
    return client;
  }

  it('open every door that a key opens', async () => {
    const token = await issuer.token({ scope: 'tts chat' });

    expect(await show(sut.url, token)).toEqual({ status: 200 });
    expect((await ask(`${sut.url}${VOICES}`, { 'x-api-key': token })).status).toBe(200);
    expect((await ask(`${sut.url}/tts?input=hello&token=${token}`)).status).toBe(200);
    expect((await connect(token)).socket.connected).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a text', 'openid tts world'],
    ['an array', ['world', 'tts']],
  ])('give the scopes that %s names and this server knows', async (_what, scope) => {
    const token = await issuer.token({ scope });

    expect(await show(sut.url, token)).toEqual({ status: 200 });
    expect(await show(sut.url, token, '/chat?text=hello')).toEqual({ status: 403, code: 'forbidden' });
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['unknown ones only', 'openid profile'],
    ['them in other letters', 'TTS'],
    ['them in one word', 'tts,chat'],
    ['admin, which is not allowed', 'admin'],
  ])('give nothing when they name %s', async (_what, scope) => {
    const token = await issuer.token({ scope });

    expect(await show(sut.url, token)).toEqual({ status: 403, code: 'forbidden' });
    expect(await show(sut.url, token, '/metrics')).toEqual({ status: 403, code: 'forbidden' });
    await expect(connect(token)).rejects.toMatchObject({ data: { code: 'forbidden' } });
  });

  it('make no tokens', async () => {
    const token = await issuer.token({ scope: 'tts' });
    const response = await fetch(`${sut.url}/auth/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ scopes: ['tts'], ttlSeconds: 60 }),
    });

    expect(response.status).toBe(403);
  });

  it('end when a key of their tenant revokes them, however their signature is written', async () => {
    const token = await issuer.token({ scope: 'chat' });
    const client = await connect(token);
    const closed = new Promise<string>((resolve) => client.socket.once('disconnect', resolve));

    expect(await revokeToken(sut.url, 'globex', token)).toBe(404);
    expect(await revokeToken(sut.url, 'acme', token)).toBe(204);
    expect(await closed).toBe('io server disconnect');
    expect(await show(sut.url, token)).toEqual({ status: 401, code: 'unauthorized' });
    expect(await show(sut.url, otherSignatureOf(token))).toEqual({ status: 401, code: 'unauthorized' });
    expect(await revokeToken(sut.url, 'acme', await issuer.token({ exp: nowSeconds() - 1 }))).toBe(204);
    expect(await revokeToken(sut.url, 'acme', `${token}x`)).toBe(404);
  });

  it('count as the person that they name, whom nothing tells', async () => {
    await ask(`${sut.url}/tts?input=hello`, { authorization: `Bearer ${await issuer.token()}` });
    const response = await fetch(`${sut.url}/usage?groupBy=key`, { headers: headersOf('acme') });
    const usage = await response.text();

    expect(usage).toMatch(/"jwt-[0-9a-f]{16}"/);
    expect(usage).not.toContain('person');
  });

  describe('are refused', () => {
    let rsa: IssuerKey;
    let stranger: IssuerKey;
    let trap: Server;
    let trapUrl: string;
    let trapped = 0;

    beforeAll(async () => {
      rsa = await issuerKey('rsa', 'RS256');
      stranger = await issuerKey('first');
      trap = createServer((_request, response) => {
        trapped += 1;
        issuer.publish(response, [stranger.published]);
      });
      await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
      trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks`;
    });

    afterAll(() => void trap.close());

    const byStranger = (header: Partial<JWTHeaderParameters>): Promise<string> =>
      issuer.token({}, header, stranger.privateKey);

    /** A token that takes the public key for a secret which both sides know. */
    async function signedWith(secret: string): Promise<string> {
      const [, payload] = (await issuer.token()).split('.');
      const input = `${encode({ alg: 'HS256', kid: 'first' })}.${payload}`;
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    }

    it('not when they are good: the proof that the others fail for their own reason', async () => {
      expect(await show(sut.url, await issuer.token())).toEqual({ status: 200 });
      expect(await show(sut.url, await issuer.token({ aud: ['x', issuer.audience] }))).toEqual({
        status: 200,
      });
    });

    it.each<[string, () => Promise<string>]>([
      ['another issuer', () => issuer.token({ iss: 'https://evil.example/' })],
      ['no issuer', () => issuer.token({ iss: undefined })],
      ['another audience', () => issuer.token({ aud: 'https://other.example' })],
      ['no audience', () => issuer.token({ aud: undefined })],
      ['a time that is over', () => issuer.token({ exp: nowSeconds() - 1 })],
      ['no end', () => issuer.token({ exp: undefined })],
      ['an end that is no number', () => issuer.token({ exp: '2030-01-01' })],
      ['a time that has not come', () => issuer.token({ nbf: nowSeconds() + 600 })],
      ['a begin in the future', () => issuer.token({ iat: nowSeconds() + 600 })],
      ['no begin', () => issuer.token({ iat: undefined })],
      ['a longer life than is allowed', () => issuer.token({ iat: nowSeconds() - 7_300 })],
      ['no tenant', () => issuer.token({ tenant: undefined })],
      ['a tenant of another type', () => issuer.token({ tenant: 7 })],
      ['several tenants', () => issuer.token({ tenant: ['acme'] })],
      ['an empty tenant', () => issuer.token({ tenant: '' })],
      ['a long tenant', () => issuer.token({ tenant: 'a'.repeat(65) })],
      ['a path as tenant', () => issuer.token({ tenant: '../globex' })],
      ['scopes of another type', () => issuer.token({ scope: { tts: true } })],
      ['another key by the same name', () => byStranger({})],
      ['a key by another name', () => byStranger({ kid: 'second' })],
      ['a key by an address', () => byStranger({ kid: trapUrl })],
      ['a key by a path', () => byStranger({ kid: '../../../../dev/null' })],
      ['a key of their own', () => byStranger({ jwk: stranger.published })],
      ['a set of keys of their own', () => byStranger({ jku: trapUrl, x5u: trapUrl })],
      ['an algorithm that the key is not for', () => issuer.token({}, { alg: 'RS256' }, rsa.privateKey)],
      ['the public key as secret', () => signedWith(JSON.stringify(issuer.own.published))],
      [
        'the public key as secret, in PEM',
        async () => signedWith(await exportSPKI((await importJWK(issuer.own.published)) as CryptoKey)),
      ],
      ['no signature', async () => new UnsecuredJWT(claimsOf(await issuer.token())).encode()],
      ['a signature that is cut', async () => (await issuer.token()).slice(0, -8)],
      ['an extension that they call critical', () => issuer.token({}, { crit: ['world'], world: 1 })],
      ['the type of our own tokens', () => issuer.token({}, { typ: 'parley+jwt' })],
      ['more than a token may hold', () => issuer.token({ filling: 'x'.repeat(9_000) })],
    ])('with %s', async (_what, make) => {
      const token = await make();
      const shown = await show(sut.url, token);

      expect(shown).toEqual({ status: 401, code: 'unauthorized' });
      expect((await ask(`${sut.url}/tts?input=hello&token=${token}`)).status).toBe(401);
    });

    it('by a socket as well', async () => {
      await expect(connect(await issuer.token({ aud: 'other' }))).rejects.toMatchObject({
        data: { code: 'unauthorized', retryable: false },
      });
    });

    it('without asking anybody but the issuer, and the issuer once', async () => {
      const made = Array.from({ length: 30 }, (_, index) => byStranger({ kid: `made-up-${index}` }));
      const answers = await Promise.all(made.map(async (token) => show(sut.url, await token)));

      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      expect(issuer.asked).toEqual(['/jwks']);
      expect(trapped).toBe(0);
    });
  });
});

describe('an identity provider', () => {
  let issuer: FakeIssuer;
  let folder: TemporaryFolder;
  let running: RunningApp | undefined;

  beforeEach(async () => {
    issuer = await FakeIssuer.start();
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    await running?.close();
    running = undefined;
    await issuer.close();
    await folder.remove();
  });

  async function start(env: Record<string, string> = {}): Promise<RunningApp> {
    running = await startApp({
      ...FAKES,
      ...issuer.environment,
      AUTH_REVOKED_TOKENS_DIR: folder.path,
      AUTH_JWT_JWKS_COOLDOWN_MS: '20',
      ...env,
    });
    return running;
  }

  interface Ready {
    status: number;
    issuer: { status: string; detail?: { fault: string; hasKeys: boolean } };
  }

  async function ready({ url }: RunningApp): Promise<Ready> {
    const response = await fetch(`${url}/health/ready`);
    const { components } = (await response.json()) as { components: { issuer: Ready['issuer'] } };
    return { status: response.status, issuer: components.issuer };
  }

  it('alone closes the server to whoever has no token', async () => {
    const sut = await start();

    expect((await fetch(`${sut.url}${VOICES}`)).status).toBe(401);
    expect(await show(sut.url, 'key-of-acme')).toEqual({ status: 401, code: 'unauthorized' });
    expect(await show(sut.url, await issuer.token())).toEqual({ status: 200 });
  });

  it('that is down lets nobody in and calls nobody wrong, keeps no key out, and is found again', async () => {
    issuer.script = (response) => response.writeHead(500).end();
    const sut = await start({ API_KEYS: keyEntry('acme') });
    const token = await issuer.token({ scope: 'tts chat' });
    const { status, headers, body } = await ask(`${sut.url}${VOICES}`, { authorization: `Bearer ${token}` });

    expect({ status, retryAfter: headers['retry-after'] }).toEqual({ status: 503, retryAfter: '1' });
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'auth_unavailable', type: 'api_error' } });
    const client = new CaptionClient(sut.url, { auth: { token } });
    await expect(client.connected()).rejects.toMatchObject({
      data: { code: 'auth_unavailable', retryable: true },
    });
    expect((await fetch(`${sut.url}${VOICES}`, { headers: headersOf('acme') })).status).toBe(200);
    await waitFor(async () => (await ready(sut)).issuer.status === 'degraded', 'the fault in the health');
    expect(await ready(sut)).toMatchObject({
      status: 200,
      issuer: { detail: { fault: 'AUTH_JWT_JWKS_URL: it answers with 500', hasKeys: false } },
    });

    issuer.script = (response) => issuer.publish(response);
    await waitFor(async () => (await show(sut.url, token)).status === 200, 'the keys');
    expect((await ready(sut)).issuer).toEqual({ status: 'ok', provider: 'jwks' });
  });

  it('that goes away leaves its keys, which judge what they can', async () => {
    const sut = await start({ AUTH_JWT_JWKS_REFRESH_MS: '20' });
    const [known, unknown] = [await issuer.token(), await issuer.token({}, { kid: 'unknown' })];
    expect(await show(sut.url, known)).toEqual({ status: 200 });
    issuer.script = (response) => response.socket?.destroy();
    await waitFor(async () => (await ready(sut)).issuer.status === 'degraded', 'the fault in the health');

    expect(await show(sut.url, known)).toEqual({ status: 200 });
    expect(await show(sut.url, unknown)).toEqual({ status: 503, code: 'auth_unavailable' });
    expect(await ready(sut)).toMatchObject({ status: 200, issuer: { detail: { hasKeys: true } } });
  });

  it('may change its keys', async () => {
    const sut = await start();
    expect(await show(sut.url, await issuer.token())).toEqual({ status: 200 });
    const next = await issuerKey('next');
    issuer.keys = [next.published];
    const token = await issuer.token({}, { kid: 'next' }, next.privateKey);

    await waitFor(async () => (await show(sut.url, token)).status === 200, 'the new key');
    expect(await show(sut.url, await issuer.token())).toEqual({ status: 401, code: 'unauthorized' });
  });

  it('is read by the names and rights that are configured', async () => {
    const rsa = await issuerKey('rsa', 'RS256');
    issuer.keys = [rsa.published];
    const sut = await start({
      AUTH_JWT_TENANT_CLAIM: 'https://id.example/tenant',
      AUTH_JWT_SCOPES_CLAIM: 'permissions',
      AUTH_JWT_SCOPE_PREFIX: 'parley:',
      AUTH_JWT_ALLOWED_SCOPES: 'tts,admin',
      AUTH_JWT_ALGORITHMS: 'RS256',
      AUTH_JWT_LEEWAY_MS: '60000',
    });
    const token = (claims: object): Promise<string> =>
      issuer.token(
        { tenant: undefined, 'https://id.example/tenant': 'acme', ...claims },
        { alg: 'RS256', kid: 'rsa' },
        rsa.privateKey,
      );
    const permissions = ['parley:admin', 'parley:chat', 'tts'];
    const shown = async (claims: object, path: string): Promise<number> =>
      (await show(sut.url, await token(claims), path)).status;

    expect([
      await shown({ permissions }, '/metrics'),
      await shown({ permissions }, VOICES),
      await shown({ permissions }, '/chat?text=hello'),
      await shown({ permissions, exp: nowSeconds() - 20 }, '/metrics'),
      await shown({ permissions, exp: nowSeconds() - 120 }, '/metrics'),
    ]).toEqual([200, 403, 403, 200, 401]);
    expect(await show(sut.url, await issuer.token())).toEqual({ status: 401, code: 'unauthorized' });
  });
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

/** Of every signature by an elliptic curve there is a second one that is as good, and anybody can make it of the first. */
function otherSignatureOf(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const at = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(at), 'base64url');
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const other = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex');
  return token.slice(0, at) + Buffer.concat([signature.subarray(0, 32), other]).toString('base64url');
}
