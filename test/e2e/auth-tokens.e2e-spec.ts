import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { startProduct } from '../../scripts/start-product.js';
import { askForToken, mintToken, revokeToken } from '../support/mint-token.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { keyEntry } from '../support/tenant-keys.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const OLD = 'old-secret-of-the-tests-0123456789abcdef';
const NEW = 'new-secret-of-the-tests-0123456789abcdef';
const KEYS = `${keyEntry('acme')},${keyEntry('globex')}`;

describe('tokens of /auth/tokens', () => {
  let sut: RunningApp;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
    sut = await startApp({
      FEATURES: 'tts,chat',
      TTS_PROVIDER: 'fake',
      CHAT_PROVIDER: 'scripted',
      API_KEYS: KEYS,
      AUTH_TOKEN_SECRETS: `new:${NEW},old:${OLD}`,
      AUTH_REVOKED_TOKENS_DIR: folder.path,
    });
  });

  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  async function speak(token: string, path = '/tts?input=hello', url = sut.url): Promise<number> {
    const response = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.status;
  }

  it('are good for what they were made for, and for nothing else', async () => {
    const answer = await askForToken(sut.url, 'acme', { scopes: ['tts', 'tts'] });

    expect(answer).toMatchObject({ status: 201, scopes: ['tts'] });
    expect(Math.abs(Date.parse(answer.expiresAt) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(await speak(answer.token)).toBe(200);
    expect(await speak(answer.token, '/chat?text=hello')).toBe(403);
    expect(decodeProtectedHeader(answer.token)).toEqual({ alg: 'HS256', typ: 'parley+jwt', kid: 'new' });
  });

  it('are taken in the plain header as well', async () => {
    const headers = { 'X-Api-Key': await mintToken(sut.url, 'acme') };

    expect((await fetch(`${sut.url}/tts?input=hello`, { headers })).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ['an unknown scope', { scopes: ['world'] }, 'scopes.0'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['no time', { ttlSeconds: 0 }, 'ttlSeconds'],
    ['more than a day', { ttlSeconds: 86_401 }, 'ttlSeconds'],
    ['half a second', { ttlSeconds: 1.5 }, 'ttlSeconds'],
    ['a misspelt field', { ttl: 5 }, 'ttl'],
    ['two things', { scopes: ['tts', 'chat'], bind: { run: 'a', clip: 'b' } }, 'bind.clip'],
    ['a run without chat', { bind: { run: 'a' } }, 'bind.run'],
    ['a page that is none', { bind: { origin: 'https://a.example/page' } }, 'bind.origin'],
    [
      'limits that contradict',
      { limits: { perMinute: { tokens: 2 }, perDay: { tokens: 1 } } },
      'limits.perMinute.tokens',
    ],
  ])('are refused for %s, naming the field', async (_what, input, param) => {
    expect(await askForToken(sut.url, 'acme', input)).toMatchObject({
      status: 400,
      error: { code: 'bad_request', param },
    });
  });

  it('are refused for a scope that the key lacks', async () => {
    expect(await askForToken(sut.url, 'acme', { scopes: ['tts', 'admin'] })).toMatchObject({
      status: 403,
      error: { code: 'forbidden', param: 'scopes' },
    });
  });

  it('make no tokens and revoke none', async () => {
    const token = await mintToken(sut.url, 'acme');
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const post = async (path: string, body: object): Promise<number> => {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await fetch(`${sut.url}/auth/tokens${path}`, init)).status;
    };

    expect(await post('', { scopes: ['tts'], ttlSeconds: 1 })).toBe(403);
    expect(await post('/revoke', { token })).toBe(403);
  });

  it('end to the second', async () => {
    const { token, expiresAt } = await askForToken(sut.url, 'acme', { ttlSeconds: 1 });
    await waitFor(() => Date.now() >= Date.parse(expiresAt), 'the end of the token');

    expect(await speak(token)).toBe(401);
  });

  it('end when they are revoked, by their own tenant', async () => {
    const token = await mintToken(sut.url, 'acme');

    expect(await revokeToken(sut.url, 'globex', token)).toBe(404);
    expect(await speak(token)).toBe(200);
    expect(await revokeToken(sut.url, 'acme', token)).toBe(204);
    expect(await speak(token)).toBe(401);
    expect(await revokeToken(sut.url, 'acme', token)).toBe(204);
    expect(await revokeToken(sut.url, 'acme', 'no.such.token')).toBe(404);
  });

  describe('that somebody else has made', () => {
    const HEADER = { alg: 'HS256', typ: 'parley+jwt', kid: 'new' };
    let claims: Record<string, unknown>;

    beforeAll(async () => {
      claims = decodeJwt(await mintToken(sut.url, 'acme'));
    });

    const sign = (secret: string, header = HEADER, changed: object = {}): Promise<string> =>
      new SignJWT({ ...claims, ...changed }).setProtectedHeader(header).sign(Buffer.from(secret));

    it('pass with the secret of this server: the proof that the rest fails for its own reason', async () => {
      expect(await speak(await sign(NEW))).toBe(200);
      expect(await speak(await sign(OLD, { ...HEADER, kid: 'old' }))).toBe(200);
    });

    it.each<[string, () => string | Promise<string>]>([
      ['another secret', () => sign('another-secret-of-the-tests-0123456789')],
      ['the secret of another id', () => sign(OLD)],
      ['an id that is out of use', () => sign(NEW, { ...HEADER, kid: 'older' })],
      ['another algorithm', () => sign(NEW, { ...HEADER, alg: 'HS512' })],
      ['another type', () => sign(NEW, { ...HEADER, typ: 'JWT' })],
      ['another issuer', () => sign(NEW, HEADER, { iss: 'somebody' })],
      ['another audience', () => sign(NEW, HEADER, { aud: 'somebody' })],
      ['a time that is over', () => sign(NEW, HEADER, { exp: Math.floor(Date.now() / 1_000) - 1 })],
      ['no end', () => sign(NEW, HEADER, { exp: undefined })],
      ['a scope that there is not', () => sign(NEW, HEADER, { scopes: ['world'] })],
      ['a key that there is not', () => sign(NEW, HEADER, { keyId: '000000000000' })],
      ['the key of another tenant', () => sign(NEW, HEADER, { tenant: 'globex' })],
      [
        'no signature',
        () => {
          const [, body, signature] = new UnsecuredJWT(claims).encode().split('.');
          const header = Buffer.from(JSON.stringify({ ...HEADER, alg: 'none' })).toString('base64url');
          return [header, body, signature].join('.');
        },
      ],
    ])('are refused with %s', async (_what, make) => {
      expect(await speak(await make())).toBe(401);
    });
  });

  it('survive a restart with their secret, and not without their secret or their key', async () => {
    const token = await mintToken(sut.url, 'acme');
    const environments: Record<string, string>[] = [
      { API_KEYS: KEYS, AUTH_TOKEN_SECRETS: `newer:${OLD},new:${NEW}` },
      { API_KEYS: KEYS, AUTH_TOKEN_SECRETS: `newer:${OLD}` },
      { API_KEYS: KEYS },
      { API_KEYS: keyEntry('globex'), AUTH_TOKEN_SECRETS: `new:${NEW}` },
    ];
    const starts = await Promise.all(
      environments.map((env) =>
        startApp({ FEATURES: 'tts', TTS_PROVIDER: 'fake', AUTH_REVOKED_TOKENS_DIR: folder.path, ...env }),
      ),
    );
    const statuses = await Promise.all(starts.map(({ url }) => speak(token, '/tts?input=hello', url)));
    await Promise.all(starts.map((each) => each.close()));

    expect(statuses).toEqual([200, 401, 401, 401]);
  });

  it('stay revoked when the server is killed right after it has said so', async () => {
    const environment = {
      FEATURES: 'tts',
      API_KEYS: KEYS,
      AUTH_TOKEN_SECRETS: `new:${NEW}`,
      AUTH_REVOKED_TOKENS_DIR: join(folder.path, 'killed'),
    };
    const product = await startProduct(environment);
    const [revoked, other] = [await mintToken(product.url, 'acme'), await mintToken(product.url, 'acme')];
    const status = await revokeToken(product.url, 'acme', revoked);
    process.kill(product.pid, 'SIGKILL');
    await product.ended;
    const next = await startApp({ ...environment, TTS_PROVIDER: 'fake' });
    const statuses = [
      await speak(revoked, '/tts?input=hello', next.url),
      await speak(other, '/tts?input=hello', next.url),
    ];
    await next.close();

    expect([status, ...statuses]).toEqual([204, 401, 200]);
  });

  it('are held against a server without keys as well', async () => {
    const keyless = await startApp({ FEATURES: 'tts,chat', TTS_PROVIDER: 'fake', CHAT_PROVIDER: 'scripted' });
    const token = await mintToken(keyless.url, 'anybody');
    const statuses = [
      await speak(token, '/tts?input=hello', keyless.url),
      await speak(token, '/chat?text=hello', keyless.url),
      await speak(await mintToken(sut.url, 'acme'), '/tts?input=hello', keyless.url),
    ];
    await keyless.close();

    expect(statuses).toEqual([200, 403, 401]);
  });
});
