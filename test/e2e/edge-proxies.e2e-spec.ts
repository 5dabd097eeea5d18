import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { fromProject } from '../../src/config/project-paths.js';
import {
  deltaEvent,
  ENDING_EVENTS,
  ROLE_EVENT,
  STREAM_HEADERS,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import { describeWith, MACHINE_PATH, program } from '../support/programs.js';
import { selfSigned } from '../support/self-signed-certificate.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { keyEntry } from '../support/tenant-keys.js';
import { waitFor } from '../support/wait-for.js';

const KEY = { Authorization: 'Bearer key-of-acme' };

describe('a gateway behind a proxy', () => {
  let sut: RunningApp;

  beforeAll(async () => {
    sut = await startApp({
      FEATURES: 'tts',
      PROFILE: 'demo',
      API_KEYS: keyEntry('acme'),
      ALLOWED_HOSTS: 'voice.example',
      TRUST_PROXY: 'loopback',
    });
  });
  afterAll(() => sut.close());

  const askedFor = async (headers: Record<string, string>): Promise<Response> => {
    const response = await fetch(`${sut.url}/health/ready`, { headers });
    await response.arrayBuffer();
    return response;
  };

  it('knows by the word of the proxy which host and protocol the client has used', async () => {
    const response = await askedFor({ 'X-Forwarded-Host': 'voice.example', 'X-Forwarded-Proto': 'https' });

    expect(response.status).toBe(200);
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('refuses a host that is not served, whoever passes it on', async () => {
    expect((await askedFor({ 'X-Forwarded-Host': 'evil.example' })).status).toBe(403);
    expect((await askedFor({})).status).toBe(403);
  });

  it('takes nobody else at their word', async () => {
    const careful = await startApp({
      FEATURES: 'tts',
      PROFILE: 'demo',
      API_KEYS: keyEntry('acme'),
      ALLOWED_HOSTS: 'voice.example',
      TRUST_PROXY: '203.0.113.1',
    });
    try {
      const response = await fetch(`${careful.url}/health/ready`, {
        headers: { 'X-Forwarded-Host': 'voice.example', 'X-Forwarded-Proto': 'https' },
      });

      expect(response.status).toBe(403);
      expect(response.headers.has('strict-transport-security')).toBe(false);
    } finally {
      await careful.close();
    }
  });
});

describeWith('nginx')('deploy/nginx/parley.conf', () => {
  const certificate = selfSigned();
  const agent = new Agent({ keepAlive: true, ca: certificate.cert });
  let upstream: FakeOpenAiChat;
  let folder: TemporaryFolder;
  let sut: RunningApp;
  let port: number;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    upstream = await startFakeOpenAiChat();
    port = await freePort();
    sut = await startApp({
      FEATURES: 'chat',
      CHAT_BASE_URL: upstream.url,
      API_KEYS: keyEntry('acme'),
      ALLOWED_HOSTS: 'localhost',
      TRUST_PROXY: 'loopback',
    });
    folder = await temporaryFolder();
    stop = await startNginx();
  });
  afterAll(async () => {
    agent.destroy();
    await stop();
    await sut.close();
    await upstream.close();
    await folder.remove();
  });

  /** The file as it is shipped, with the address, the ports and the certificate of this test. */
  async function startNginx(): Promise<() => Promise<void>> {
    const at = (name: string): string => join(folder.path, name);
    await mkdir(at('logs'));
    await writeFile(at('fullchain.pem'), certificate.cert);
    await writeFile(at('privkey.pem'), certificate.key);
    const shipped = await readFile(fromProject('deploy/nginx/parley.conf'), 'utf8');
    const parley = shipped
      .replace('127.0.0.1:3000', new URL(sut.url).host)
      .replace('listen 80', `listen 127.0.0.1:${await freePort()}`)
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replaceAll('/etc/ssl/voice.example', folder.path);
    await writeFile(at('parley.conf'), parley);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${at(kind)};`,
    );
    const main = [
      `daemon off; pid ${at('pid')}; error_log ${at('logs/error.log')};`,
      'events { worker_connections 64; }',
      `http { access_log off; ${temporary.join(' ')} include ${at('parley.conf')}; }`,
    ];
    await writeFile(at('nginx.conf'), main.join('\n'));
    const nginx = spawn(program('nginx')!, ['-p', folder.path, '-c', at('nginx.conf')], {
      stdio: 'ignore',
      env: { PATH: MACHINE_PATH },
    });
    const exited = once(nginx, 'exit');
    await waitFor(
      () =>
        ask('/health/live').then(
          () => true,
          () => false,
        ),
      'nginx to answer',
    );
    return async () => {
      nginx.kill('SIGTERM');
      await exited;
    };
  }

  function ask(path: string, body?: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { host: 'localhost', port, path, agent, headers: { ...KEY, ...headers } };
      request({ ...options, family: 4, method: body === undefined ? 'GET' : 'POST' }, resolve)
        .on('error', reject)
        .end(body);
    });
  }

  const JSON_BODY = { 'Content-Type': 'application/json' };

  it('passes the words of a stream on as they come', async () => {
    let provider: ServerResponse | undefined;
    upstream.script = (exchange) => {
      provider = exchange.response;
      provider.writeHead(200, STREAM_HEADERS).write(ROLE_EVENT);
    };
    const response = await ask('/chat', JSON.stringify({ text: 'Hi' }), JSON_BODY);
    let heard = '';
    response.on('data', (chunk: Buffer) => (heard += chunk.toString()));

    // The next word is said only when the one before it was heard: whatever waits for more would wait for ever.
    for (const word of ['one', 'two', 'three']) {
      await waitFor(() => provider !== undefined, 'the provider to be asked');
      provider!.write(deltaEvent(`${word} `));
      await waitFor(() => heard.includes(word), `the word ${word}`);
    }
    provider!.end(ENDING_EVENTS);
    await once(response, 'end');

    expect(heard).toContain('event: done');
  });

  it('lets the gateway bound a body, and keeps its connection', async () => {
    const response = await ask('/chat', JSON.stringify({ text: 'x'.repeat(2_000_000) }), JSON_BODY);
    response.resume();
    await once(response, 'end');

    expect(response.statusCode).toBe(413);
    expect(response.headers['x-request-id']).toBeDefined();
  });

  it('carries sockets', async () => {
    const client = io(`https://localhost:${port}`, {
      transports: ['websocket'],
      ca: certificate.cert,
      auth: { token: 'key-of-acme' },
    } as object);
    await once(client as never, 'connect');

    expect(client.connected).toBe(true);
    client.close();
  });

  it('tells who asks and by which protocol, whatever the client says of itself', async () => {
    const arrived = once(sut.app.getHttpServer(), 'request') as Promise<[IncomingMessage]>;
    const response = await ask('/health/ready', undefined, {
      'X-Forwarded-For': '198.51.100.7',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'for=198.51.100.7',
    });
    response.resume();
    const [{ headers }] = await arrived;

    expect(response.statusCode).toBe(200);
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      host: `localhost:${port}`,
    });
    // An `upgrade` or `close` would end the connection behind this answer.
    expect(headers).not.toHaveProperty('connection');
    expect(headers).not.toHaveProperty('forwarded');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
