import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hashOf } from '../../src/auth/keys/api-key.js';
import { KeyChanges } from '../../src/auth/keys/key-changes.js';
import { readKeyFile, writeKeyFile, type KeyRecord } from '../../src/auth/keys/key-file.js';
import { SCOPES, type Scope } from '../../src/auth/scope.js';
import { fromProject } from '../../src/config/project-paths.js';
import { eventDoors, routeDoors, routerRoutes, type Door } from '../support/door-table.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

/** What is open to everybody. A route that is added here was opened on purpose. */
const OPEN = [
  'GET /asyncapi.json',
  'GET /docs',
  'GET /docs/:file',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
  'GET /tts/clips/:id',
];

const record = (name: string, scopes: readonly Scope[], more: Partial<KeyRecord> = {}): KeyRecord => ({
  name,
  tenant: 'acme',
  sha256: hashOf(`key-${name}`).toString('hex'),
  scopes: [...scopes],
  ...more,
});

/** One key that has a scope and nothing else, and one that has all others, for each scope. */
const KEYS: KeyRecord[] = [
  record('expired', SCOPES, { expiresAt: '2026-01-01T00:00:00.000Z' }),
  record('revoked', SCOPES, { revokedAt: '2026-01-01T00:00:00.000Z' }),
  ...SCOPES.flatMap((scope) => [
    record(`only-${scope}`, [scope]),
    record(
      `all-but-${scope}`,
      SCOPES.filter((each) => each !== scope),
    ),
  ]),
];

const REFUSED = new Set(['forbidden', 'unauthorized']);

interface Answer {
  status: number;
  challenge: string | null;
  code: string | undefined;
  text: string;
}

describe('credentials', () => {
  let folder: TemporaryFolder;
  let sut: RunningApp;
  const clients: CaptionClient[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeKeyFile(path(), KEYS);
    sut = await startApp({
      PROFILE: 'demo',
      WHISPER_ENGINE: 'fake',
      WHISPER_MODEL: '',
      API_KEYS_FILE: path(),
      API_KEYS_POLL_MS: '20',
    });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await sut.close();
    await folder.remove();
  });

  const path = (): string => join(folder.path, 'keys.json');

  async function ask(route: string, secret?: string): Promise<Answer> {
    const [method = '', address = ''] = route.split(' ');
    const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'DELETE';
    const response = await fetch(`${sut.url}${address.replaceAll(/[:*]\w+/g, 'none')}`, {
      method,
      headers: {
        ...(secret !== undefined && { Authorization: `Bearer ${secret}` }),
        ...(hasBody && { 'Content-Type': 'application/json' }),
      },
      ...(hasBody && { body: '{}' }),
    });
    const isError = response.status >= 400;
    const text = isError ? await response.text() : '';
    if (!isError) await response.body?.cancel();
    const { error } = (text === '' ? {} : JSON.parse(text)) as { error?: { code?: string } };
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      code: error?.code,
      text,
    };
  }

  async function connect(secret?: string): Promise<CaptionClient> {
    const client = new CaptionClient(sut.url, secret === undefined ? {} : { auth: { token: secret } });
    clients.push(client);
    await client.connected();
    return client;
  }

  /** A token of a key that may do everything but use the scope. */
  async function tokenWithout(scope: Scope): Promise<string> {
    const response = await fetch(`${sut.url}/auth/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer key-all-but-${scope}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        scopes: SCOPES.filter((each) => each !== scope && each !== 'admin'),
        ttlSeconds: 600,
      }),
    });
    expect(response.status).toBe(201);
    return ((await response.json()) as { token: string }).token;
  }

  const closedRoutes = (): { name: string; door: Door }[] =>
    routeDoors(sut.app).filter(({ door }) => door !== 'public' && door !== 'any page');

  it('knows every route that the router has', () => {
    const known = routeDoors(sut.app).map(({ name }) => name);

    expect(known.length).toBeGreaterThan(20);
    expect(routerRoutes(sut.app).toSorted()).toEqual(known.toSorted());
  });

  it('opens no route but those that are listed, and every other one says whom it serves', () => {
    const doors = routeDoors(sut.app);
    const open = doors.filter(({ door }) => door === 'public' || door === 'any page');

    expect(open.map(({ name }) => name).toSorted()).toEqual(OPEN);
    expect(doors.filter(({ door }) => door === undefined)).toEqual([]);
    expect(eventDoors(sut.app).filter(({ door }) => !SCOPES.includes(door as Scope))).toEqual([]);
  });

  it.each([
    ['nothing', undefined, 'Bearer realm="parley"'],
    ['a wrong key', 'key-of-nobody', 'Bearer realm="parley", error="invalid_token"'],
    ['an expired key', 'key-expired', 'Bearer realm="parley", error="invalid_token"'],
    ['a revoked key', 'key-revoked', 'Bearer realm="parley", error="invalid_token"'],
    ['a name instead of a key', 'only-admin', 'Bearer realm="parley", error="invalid_token"'],
    [
      'a token that nobody signed',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY21lIn0.',
      'Bearer realm="parley", error="invalid_token"',
    ],
  ])('lets %s in by no route', async (_what, secret, challenge) => {
    const answers = await inTurn(closedRoutes(), async ({ name }) => {
      const { status, code, challenge: told } = await ask(name, secret);
      return { name, status, code, told };
    });

    expect(answers).toEqual(
      closedRoutes().map(({ name }) => ({
        name,
        status: 401,
        code: name.startsWith('HEAD') ? undefined : 'unauthorized',
        told: challenge,
      })),
    );
  });

  it('asks HEAD for a key as well', async () => {
    const heads = closedRoutes().filter(({ name }) => name.startsWith('GET '));
    const statuses = await inTurn(heads, async ({ name }) => (await ask(name.replace('GET', 'HEAD'))).status);

    expect(new Set(statuses)).toEqual(new Set([401]));
  });

  it('holds every route to its scope, for keys and for tokens', async () => {
    const scoped = closedRoutes().filter(({ door }) => door !== 'key');
    const tokens = new Map<Door, string>();
    for (const scope of SCOPES) tokens.set(scope, await tokenWithout(scope));
    const answers = await inTurn(scoped, async ({ name, door }) => {
      const key = await ask(name, `key-all-but-${door}`);
      const token = await ask(name, tokens.get(door));
      return [key, token].map(({ status, challenge, text }) => ({
        name,
        status,
        challenge,
        isNamed: text.includes(`\\"${door}\\"`),
        isSecretTold: text.includes('key-all-but'),
      }));
    });

    expect(answers.flat()).toEqual(
      scoped.flatMap(({ name, door }) =>
        Array.from({ length: 2 }, () => ({
          name,
          status: 403,
          challenge: `Bearer realm="parley", error="insufficient_scope", scope="${door}"`,
          isNamed: !name.startsWith('HEAD'),
          isSecretTold: false,
        })),
      ),
    );
  });

  it('serves a key that has the scope and no other', async () => {
    const answers = await inTurn(closedRoutes(), async ({ name, door }) => {
      const { challenge } = await ask(name, `key-only-${door === 'key' ? 'files' : door}`);
      return { name, challenge };
    });

    expect(answers).toEqual(closedRoutes().map(({ name }) => ({ name, challenge: null })));
  });

  it('lets no token do what needs a key', async () => {
    const token = await tokenWithout('admin');
    const keyed = closedRoutes().filter(({ door }) => door === 'key');
    const answers = await inTurn(keyed, async ({ name }) => {
      const { status, code } = await ask(name, token);
      return { name, status, code };
    });

    expect(keyed.length).toBeGreaterThan(0);
    expect(answers).toEqual(keyed.map(({ name }) => ({ name, status: 403, code: 'forbidden' })));
  });

  it.each([
    ['nothing', undefined, 'unauthorized'],
    ['a wrong key', 'key-of-nobody', 'unauthorized'],
    ['an expired key', 'key-expired', 'unauthorized'],
    ['a revoked key', 'key-revoked', 'unauthorized'],
    ['a key for nothing that is behind sockets', 'key-only-tts', 'forbidden'],
  ])('gives no socket for %s', async (_what, secret, code) => {
    await expect(connect(secret)).rejects.toMatchObject({ data: { code, retryable: false } });
  });

  it('holds every event of a socket to its scope', async () => {
    const doors = eventDoors(sut.app);
    const answers: unknown[] = [];
    for (const { name, door } of doors) {
      const { code, message } = await (await connect(`key-all-but-${door}`)).ask(name, {});
      const served = await (await connect(`key-only-${door}`)).ask(name, {});
      answers.push({
        name,
        code,
        isNamed: String(message).includes(`"${door}"`),
        isServed: !REFUSED.has(served.code ?? ''),
      });
    }

    expect(doors.length).toBeGreaterThan(4);
    expect(answers).toEqual(
      doors.map(({ name }) => ({
        name,
        code: 'forbidden',
        isNamed: true,
        isServed: true,
      })),
    );
  });

  describe('in a file that changes', () => {
    const TTS = 'GET /tts/voices';

    it('are taken up and refused without a restart, by the command line', async () => {
      const made = await keysCommand('create', 'late', '--tenant', 'acme', '--scopes', 'tts');
      const key = /parley-[\w-]{32}/.exec(made)![0];
      await waitFor(async () => (await ask(TTS, key)).status !== 401, 'the new key');
      const told: string[] = [];
      const stop = sut.app.get(KeyChanges).onRevoked((keyId) => told.push(keyId));

      await keysCommand('revoke', 'late');
      await waitFor(async () => (await ask(TTS, key)).status === 401, 'the end of the key');
      stop();

      expect(await ask(TTS, key)).toMatchObject({ text: expect.stringContaining('was revoked') });
      expect(told).toEqual([hashOf(key).toString('hex', 0, 6)]);
    });

    it('stay as they were while it is broken, which readiness tells', async () => {
      const records = await readKeyFile(path(), 1_000_000);
      await writeFile(path(), '{"keys":');
      await waitFor(async () => (await keysHealth()).status === 'degraded', 'the fault');

      expect(await keysHealth()).toEqual({
        status: 'degraded',
        provider: 'file',
        detail: { fault: 'API_KEYS_FILE: it is not JSON' },
      });
      expect((await fetch(`${sut.url}/health/ready`)).status).toBe(200);
      expect((await ask(TTS, 'key-only-tts')).status).not.toBe(401);
      expect((await ask(TTS, 'key-of-nobody')).status).toBe(401);

      await writeKeyFile(path(), records);
      await waitFor(async () => (await keysHealth()).status === 'ok', 'the repair');
    });

    async function keysHealth(): Promise<{ status?: string }> {
      const body = (await (await fetch(`${sut.url}/health/ready`)).json()) as {
        components: Record<string, { status?: string }>;
      };
      return body.components.keys ?? {};
    }

    /** `npm run keys`, built. */
    async function keysCommand(...args: string[]): Promise<string> {
      const child = spawn(process.execPath, [fromProject('dist/auth/keys/main.js'), ...args], {
        env: { PARLEY_ENV_FILE: 'none', API_KEYS_FILE: path() },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(0);
      return output;
    }
  });
});

/** One after the other: a test of 30 routes is no test of how many the server takes at once. */
async function inTurn<T, U>(items: readonly T[], act: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}
