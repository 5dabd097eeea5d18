import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { RawHttp } from '../support/raw-http.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const POST = ['POST /chat HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
const BOMB = JSON.stringify({ text: 'x'.repeat(20_000_000) });

const open: RawHttp[] = [];

async function connect({ url }: RunningApp): Promise<RawHttp> {
  const line = await RawHttp.open(url);
  open.push(line);
  return line;
}

afterEach(() => {
  for (const line of open.splice(0)) line.socket.destroy();
});

/** Bounds that a test can reach. Only waits for what the server does by itself are short. */
describe('what a connection may take', () => {
  let sut: RunningApp;

  beforeAll(async () => {
    sut = await startApp({
      FEATURES: 'chat',
      PROFILE: 'demo',
      HTTP_HEADERS_TIMEOUT_MS: '300',
      HTTP_BODY_WINDOW_MS: '300',
      HTTP_BODY_MIN_BYTES_PER_S: '1000',
      HTTP_KEEP_ALIVE_MS: '300',
      HTTP_MAX_HEADERS: '20',
    });
  });
  afterAll(() => sut.close());

  it('nothing for ever: a peer that says nothing gets 408', async () => {
    const line = await connect(sut);

    expect(await line.closed).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close/);
  });

  it('headers that come a byte at a time get 408', async () => {
    const line = await connect(sut);
    line.send('GET /health/live HTTP/1.1', 'X-Slow: ');

    expect(await line.trickle('a')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('headers that end in their midst get 400', async () => {
    const line = await connect(sut);
    line.socket.end('GET /health/live HTTP/1.1\r\nHost: loc');

    expect(await line.closed).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close/);
  });

  it('a body that comes a byte at a time gets 408 with a code', async () => {
    const line = await connect(sut);
    line.send(...POST, 'Content-Length: 100000', '', '{"text":"');
    const heard = await line.trickle('a');

    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
    expect(heard).toMatch(/"code":"idle_timeout".*"param":"body"/);
  });

  it('a body that stops gets 408 too, in chunks as well', async () => {
    const line = await connect(sut);
    line.send(...POST, 'Transfer-Encoding: chunked', '', '5', '{"tex', '');

    expect(await line.closed).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a message by polling, which no route reads, gets 408 as well', async () => {
    const opened = await (await fetch(`${sut.url}/socket.io/?EIO=4&transport=polling`)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const line = await connect(sut);
    const path = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    line.send(
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: text/plain',
      'Content-Length: 10000',
      '',
      '4',
    );

    expect(await line.trickle('a')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a body without end is cut behind its answer', async () => {
    const line = await connect(sut);
    line.send(
      'POST /nothing HTTP/1.1',
      'Host: localhost',
      'Transfer-Encoding: chunked',
      '',
      '5',
      'begin',
      '',
    );
    await line.hears(/^HTTP\/1\.1 404 /);

    expect(await line.trickle(`3e8\r\n${'x'.repeat(1_000)}\r\n`)).not.toContain('HTTP/1.1 408');
  });

  it('a connection that asks nothing more is closed', async () => {
    const line = await connect(sut);
    line.send('GET /health/live HTTP/1.1', 'Host: localhost', '', '');

    expect(await line.closed).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it.each([
    ['a route', 'GET /health/live HTTP/1.1', []],
    ["Socket.io's handshake", 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1', []],
    [
      'an upgrade',
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
      ['Connection: Upgrade', 'Upgrade: websocket'],
    ],
  ])('more headers than there may be get 431 from %s', async (_what, first, more) => {
    const line = await connect(sut);
    const many = Array.from({ length: 30 }, (_, index) => `X-${index}: a`);
    line.send(first, 'Host: localhost', ...more, ...many, '', '');

    expect(await line.closed).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large/);
  });

  it('headers larger than there may be get 431', async () => {
    const line = await connect(sut);
    line.send('GET /health/live HTTP/1.1', 'Host: localhost', `X-Long: ${'x'.repeat(70_000)}`, '', '');

    expect(await line.closed).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    ['gzip', gzipSync(BOMB)],
    ['deflate', deflateSync(BOMB)],
    ['br', brotliCompressSync(BOMB)],
  ])('a small body in %s that is large inside gets 413', async (encoding, body) => {
    const response = await fetch(`${sut.url}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding },
      body: new Uint8Array(body),
    });

    expect(body.length).toBeLessThan(100_000);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'too_large', param: 'body' } });
  });

  it('a stream of an answer lasts, however long it says nothing new', async () => {
    const line = await connect(sut);
    line.send(
      'GET /chat?text=Hi&pace=grapheme:1:100 HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      '',
      '',
    );
    const heard = await line.closed;

    expect(heard).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(heard).toContain('event: done');
  });

  it('an upload that keeps its pace lasts for many windows', async () => {
    const line = await connect(sut);
    const body = JSON.stringify({ text: 1, filling: 'x'.repeat(60_000) });
    line.send(...POST, `Content-Length: ${body.length}`, '', '');
    for (let at = 0; at < body.length; at += 600) {
      line.socket.write(body.slice(at, at + 600));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    await line.hears(/"code"/);
    expect(line.heard).toMatch(/^HTTP\/1\.1 400 [^]*"code":"bad_request"/);
  });
});

describe('connections', () => {
  it('beyond their number are closed at once, and have room again when one has gone', async () => {
    const sut = await startApp({ FEATURES: 'tts', PROFILE: 'demo', HTTP_MAX_CONNECTIONS: '2' });
    try {
      const first = await connect(sut);
      const second = await connect(sut);
      for (const line of [first, second]) {
        line.send('GET /health/live HTTP/1.1', 'Host: localhost', '', '');
        await line.hears(/200 OK/);
      }
      const third = await connect(sut);

      expect(await third.closed).toBe('');

      first.socket.destroy();
      await first.closed;
      const fourth = await connect(sut);
      fourth.send('GET /health/live HTTP/1.1', 'Host: localhost', '', '');
      await fourth.hears(/200 OK/);
    } finally {
      await sut.close();
    }
  });
});
