import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { bodyOf, createProviderFetch } from './provider-fetch.js';

describe(createProviderFetch.name, () => {
  let server: Server;
  let connections: number;
  let answer: RequestListener;
  let url: string;
  const sut = createProviderFetch(5_000);

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => answer(request, response));
    server.on('connection', () => (connections += 1));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('sends what it is given and brings what comes back', async () => {
    answer = (request, response) => {
      response.setHeader('X-Test', `${request.method} ${String(request.headers['x-key'])}`);
      request.pipe(response);
    };

    const response = await sut(url, { method: 'POST', headers: { 'X-Key': 'k' }, body: '안녕' });

    expect(response).toMatchObject({ ok: true, status: 200, url });
    expect(response.headers.get('x-test')).toBe('POST k');
    expect(await response.text()).toBe('안녕');
  });

  it('does not carry the key to where a redirect points', async () => {
    let calls = 0;
    answer = (_request, response) => {
      calls += 1;
      response.writeHead(307, { Location: url }).end();
    };

    expect(await sut(url)).toMatchObject({ ok: false, status: 307 });
    expect(calls).toBe(1);
  });

  it('uses a connection again after a long refusal that nobody read', async () => {
    answer = (_request, response) => response.writeHead(500).end('x'.repeat(60_000));

    for (let call = 0; call < 5; call += 1) await sut(url);

    // One more may be opened while the first is not yet free.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('reads no more than the beginning of a refusal without end', async () => {
    answer = (_request, response) => {
      response.writeHead(400);
      const fill = (): void => {
        while (response.write('x'.repeat(10_000)));
        response.once('drain', fill);
      };
      fill();
    };

    const response = await sut(url);

    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toHaveLength(65_536);
  });

  it('refuses a compressed answer that it did not ask for', async () => {
    answer = (_request, response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('x'));

    await expect(sut(url)).rejects.toThrow('compressed');
  });

  it('fails as an abort when it is aborted', async () => {
    const leaving = new AbortController();
    answer = () => leaving.abort();

    await expect(sut(url, { signal: leaving.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('closes the connection when it is aborted in mid-body', async () => {
    const leaving = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answer = (_request, response) => void response.once('close', resolve).write('x');
    });
    const response = await sut(url, { signal: leaving.signal });
    leaving.abort();

    await expect(bodyOf(response).toArray()).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
  });

  it('takes the loss of an answer that nobody reads', async () => {
    answer = (_request, response) => {
      response.write('x');
      setImmediate(() => response.destroy());
    };
    const response = await sut(url);

    await expect(once(bodyOf(response), 'error')).resolves.toHaveLength(1);
  });

  it('reads no text without end', async () => {
    answer = (_request, response) => {
      const fill = (): void => {
        while (response.write('x'.repeat(100_000)));
        response.once('drain', fill);
      };
      fill();
    };
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const response = await sut(url);

    await expect(response.text()).rejects.toThrow('too long');
    await closed;
  });

  it('takes no harm from a header that no header may hold', async () => {
    answer = (_request, response) => {
      response.socket!.end(
        'HTTP/1.1 200 OK\r\nX-Name: \xed\x95\x9c\r\nContent-Length: 2\r\n\r\nok',
        'latin1',
      );
    };

    expect(await (await sut(url)).text()).toBe('ok');
  });

  it.each<[string, string, string]>([
    ['headers without end', 'HTTP/1.1 200 OK\r\n', 'X-More: x\r\n'],
    ['a header without end', 'HTTP/1.1 200 OK\r\nX-More: ', 'x'],
    ['what is no HTTP', '', 'garbage\r\n'],
  ])('leaves a service that sends %s', async (_what, first, more) => {
    let sentBytes = 0;
    const closed = new Promise<void>((resolve) => {
      server.once('connection', (socket) => {
        const fill = (): void => {
          sentBytes += 10_000 * more.length;
          if (socket.write(more.repeat(10_000)) && sentBytes < 1e9) setImmediate(fill);
          else socket.once('drain', fill);
        };
        socket.on('error', () => undefined).once('close', () => resolve());
        socket.write(first, fill);
      });
    });

    await expect(sut(url)).rejects.toBeInstanceOf(Error);
    await closed;
    expect(sentBytes).toBeLessThan(1e8);
  });

  it('is all of a response that the SDK needs for what we ask of it', async () => {
    const used = new Set<string>();
    const client = new OpenAI({
      apiKey: 'k',
      baseURL: url,
      maxRetries: 0,
      logLevel: 'off',
      fetch: async (input, init) => watched(await sut(input, init), used),
    });
    answer = (request, response) => {
      request.resume().on('end', () => {
        response.setHeader('Content-Type', 'application/json').end('{"data":[],"text":"Hi"}');
      });
    };

    const speech = await client.audio.speech.create({ model: 'm', voice: 'v', input: 'x' });
    await bodyOf(speech).toArray();
    const file = await toFile(Buffer.from('x'), 'x.wav');
    await client.audio.transcriptions.create({ model: 'm', file });
    await client.post('/chat/completions', { body: '{}', stream: true }).asResponse();
    await client.get('/models').asResponse();

    // A member that comes up here with a new SDK has to be added to ProviderResponse.
    expect([...used].toSorted()).toEqual(['body', 'headers', 'ok', 'status', 'text', 'url']);
  });
});

/** A response that remembers which of its members were asked for. */
function watched(response: Response, used: Set<string>): Response {
  return new Proxy(response, {
    get(target, name) {
      // What a promise is asked when it resolves with anything.
      if (typeof name === 'string' && name !== 'then') used.add(name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
