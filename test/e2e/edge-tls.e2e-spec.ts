import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { createApp } from '../../src/bootstrap.js';
import { configurationOf } from '../../src/configuration.js';
import { selfSigned, type TestCertificate } from '../support/self-signed-certificate.js';
import { RawHttp } from '../support/raw-http.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const FIRST = selfSigned();

let folder: TemporaryFolder;
let sut: RunningApp;
let port: number;
let files: { TLS_CERT: string; TLS_KEY: string };

async function write({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(files.TLS_CERT, cert);
  await writeFile(files.TLS_KEY, key);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  files = { TLS_CERT: join(folder.path, 'cert.pem'), TLS_KEY: join(folder.path, 'key.pem') };
  await write(FIRST);
  sut = await startApp({
    FEATURES: 'chat',
    PROFILE: 'demo',
    TLS_RELOAD_MS: '20',
    HTTP_HEADERS_TIMEOUT_MS: '60000',
    ...files,
  });
  port = Number(new URL(sut.url).port);
});
afterAll(async () => {
  await sut.close();
  await folder.remove();
});

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

function ask(
  path: string,
  { cert }: TestCertificate,
  options: { agent?: Agent; host?: string } = {},
): Promise<Answer> {
  const { agent, host = 'localhost' } = options;
  return new Promise((resolve, reject) => {
    const headers = { Host: host };
    get(
      { host: '127.0.0.1', servername: 'localhost', port, path, ca: cert, headers, ...(agent && { agent }) },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      },
    ).on('error', reject);
  });
}

async function line(ca: string, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** Of the certificate that a new connection is shown. */
async function shown(at = port): Promise<string> {
  const socket = connect({ port: at, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString('base64');
}

function bytesOf({ cert }: TestCertificate): string {
  return cert.replace(/-----.*-----|\s/g, '');
}

async function tlsHealth(
  current: TestCertificate,
): Promise<{ status: string; detail: { renewalFault: string | null } }> {
  const { body } = await ask('/health/ready', current);
  return (JSON.parse(body) as { components: { tls: never } }).components.tls;
}

describe('the gateway with a certificate', () => {
  afterEach(async () => {
    await write(FIRST);
    await waitFor(async () => (await shown()) === bytesOf(FIRST), 'the first certificate');
  });

  it('says https where it listens, and holds browsers to it, though not on loopback names', async () => {
    expect(await sut.app.getUrl()).toMatch(/^https:/);
    const away = await ask('/health/live', FIRST, { host: 'voice.example' });
    const here = await ask('/health/live', FIRST);

    expect(away).toMatchObject({ status: 200, headers: { 'strict-transport-security': 'max-age=31536000' } });
    expect(here.headers).not.toHaveProperty('strict-transport-security');
  });

  it('carries sockets', async () => {
    const client = io(`https://localhost:${port}`, { transports: ['websocket'], ca: FIRST.cert } as object);
    await once(client as never, 'connect');
    client.close();
    const websocket = new WebSocket(`wss://localhost:${port}/socket.io/?EIO=4&transport=websocket`, {
      ca: FIRST.cert,
    });
    const [frame] = (await once(websocket, 'message')) as [Buffer];
    websocket.terminate();

    expect(frame.toString()).toMatch(/^0\{"sid"/);
  });

  it('speaks TLS 1.2 and later', async () => {
    const socket = await line(FIRST.cert, { maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();

    const ciphers = 'DEFAULT@SECLEVEL=0';
    await expect(line(FIRST.cert, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers })).rejects.toThrow(
      /alert protocol version/,
    );
  });

  it('answers nothing to plain HTTP', async () => {
    const socket = connectTcp(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');

    expect(Buffer.concat(chunks).toString('latin1')).not.toContain('HTTP/1.1 200');
  });

  it('takes up a renewed certificate, and keeps the connections that are open', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask('/health/live', FIRST, { agent });
    const [kept] = Object.values(agent.freeSockets)[0]!;
    const second = selfSigned();
    await write(second);
    await waitFor(async () => (await shown()) === bytesOf(second), 'the renewed certificate');

    expect(await ask('/health/live', FIRST, { agent })).toMatchObject({ status: 200 });
    expect(Object.values(agent.freeSockets)[0]![0]).toBe(kept);
    expect(await ask('/health/live', second)).toMatchObject({ status: 200 });
    agent.destroy();
  });

  it.each<[string, () => TestCertificate, RegExp]>([
    [
      'does not match its key',
      () => ({ ...selfSigned(), key: selfSigned().key }),
      /^TLS_KEY: .*another certificate/,
    ],
    ['is half written', () => ({ ...FIRST, cert: FIRST.cert.slice(0, 99) }), /^TLS_CERT: /],
    ['has expired', () => selfSigned({ untilMs: Date.now() - 1_000 }), /^TLS_CERT: .*expired/],
  ])('keeps the one that it has when the renewed one %s, and says so', async (_what, broken, fault) => {
    await write(broken());
    await waitFor(async () => fault.test((await tlsHealth(FIRST)).detail.renewalFault ?? ''), 'the fault');

    expect(await shown()).toBe(bytesOf(FIRST));
    expect(await tlsHealth(FIRST)).toMatchObject({ status: 'ok' });

    await write(FIRST);
    await waitFor(async () => (await tlsHealth(FIRST)).detail.renewalFault === null, 'no fault');
  });
});

describe('a certificate in a folder that is exchanged as a whole', () => {
  it('is taken up when the link to the folder changes, as certbot and Kubernetes change it', async () => {
    const mount = join(folder.path, 'mount');
    const second = selfSigned();
    for (const [name, { cert, key }] of [
      ['first', FIRST],
      ['second', second],
    ] as const) {
      await mkdir(join(mount, name), { recursive: true });
      await writeFile(join(mount, name, 'tls.crt'), cert);
      await writeFile(join(mount, name, 'tls.key'), key);
    }
    await symlink('first', join(mount, '..data'));
    for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(mount, file));
    const linked = await startApp({
      FEATURES: 'tts',
      PROFILE: 'demo',
      TLS_RELOAD_MS: '20',
      TLS_CERT: join(mount, 'tls.crt'),
      TLS_KEY: join(mount, 'tls.key'),
    });
    const portOfLinked = Number(new URL(linked.url).port);
    try {
      expect(await shown(portOfLinked)).toBe(bytesOf(FIRST));
      await symlink('second', join(mount, '..data_tmp'));
      await rename(join(mount, '..data_tmp'), join(mount, '..data'));

      await waitFor(async () => (await shown(portOfLinked)) === bytesOf(second), 'the renewed certificate');
    } finally {
      await linked.close();
    }
  });
});

describe('a TLS handshake that stalls', () => {
  it.each<[string, Buffer]>([
    ['says nothing', Buffer.alloc(0)],
    ['begins and stops', Buffer.from('1603010200010001fc0303', 'hex')],
  ])('is ended when a peer %s, while others are served', async (_what, beginning) => {
    const bounded = await startApp({
      FEATURES: 'tts',
      PROFILE: 'demo',
      HTTP_HEADERS_TIMEOUT_MS: '1500',
      ...files,
    });
    const peer = await RawHttp.open(bounded.url);
    peer.socket.write(beginning);
    try {
      expect(await peer.closed).not.toContain('HTTP/');
      expect(await shown(Number(new URL(bounded.url).port))).toBe(bytesOf(FIRST));
    } finally {
      peer.socket.destroy();
      await bounded.close();
    }
  });
});

describe('a certificate that cannot be used', () => {
  const start = (variables: Record<string, string>): Promise<unknown> =>
    createApp(configurationOf({ NODE_ENV: 'test', LOG_LEVEL: 'silent', FEATURES: 'tts', ...variables }));

  function expired(): Record<string, string> {
    const { cert, key } = selfSigned({ untilMs: Date.now() - 1_000 });
    const paths = { TLS_CERT: join(folder.path, 'old.crt'), TLS_KEY: join(folder.path, 'old.key') };
    writeFileSync(paths.TLS_CERT, cert);
    writeFileSync(paths.TLS_KEY, key);
    return paths;
  }

  it.each<[string, () => Record<string, string>, RegExp]>([
    ['has no key', () => ({ TLS_CERT: files.TLS_CERT }), /^TLS_KEY must be set too/],
    ['is missing beside its key', () => ({ TLS_KEY: files.TLS_KEY }), /^TLS_CERT must be set too/],
    ['is not there', () => ({ ...files, TLS_CERT: '/nowhere.pem' }), /^TLS_CERT: the file cannot be read/],
    ['has expired', expired, /^TLS_CERT: the certificate has expired at 2/],
    ['is no certificate', () => ({ ...files, TLS_CERT: files.TLS_KEY }), /^TLS_CERT: .*no certificate/],
  ])('and %s stops the start and names its variable', async (_what, variables, message) => {
    await expect((async () => start(variables()))()).rejects.toThrow(message);
  });
});
