import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { cutResponse, resetStalledReader } from './cut-response.js';

let server: Server;
let reader: Socket;

/** Serves one answer over a raw connection. */
async function ask(
  version: '1.0' | '1.1',
  answer: (response: ServerResponse) => void,
): Promise<{ bytes: Buffer[]; ending: Promise<string> }> {
  server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const bytes: Buffer[] = [];
  reader.on('data', (chunk) => bytes.push(chunk));
  const ending = new Promise<string>((resolve) => {
    reader.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    reader.once('end', () => resolve('end'));
  });
  reader.write(`GET / HTTP/${version}\r\nHost: localhost\r\n\r\n`);
  return { bytes, ending };
}

afterEach(async () => {
  reader.destroy();
  server.close();
  await once(server, 'close');
});

describe(cutResponse.name, () => {
  it('resets a connection whose end would be the end of the body', async () => {
    let cut: (() => void) | undefined;
    const { ending } = await ask('1.0', (response) => {
      response.write('half');
      cut = () => void cutResponse(response);
    });
    // A reset that overtakes unread bytes looks like an end to a client of libuv.
    await once(reader, 'data');
    cut?.();

    expect(await ending).toBe('ECONNRESET');
  });

  it('lets what was written leave, and leaves out the end of the chunks', async () => {
    const { bytes, ending } = await ask('1.1', (response) => {
      response.write('half');
      void cutResponse(response);
    });

    expect(await ending).toBe('end');
    const text = Buffer.concat(bytes).toString('latin1');
    expect(text).toContain('4\r\nhalf\r\n');
    expect(text).not.toContain('0\r\n\r\n');
  });

  it.each(['1.0', '1.1'] as const)('leaves less than the stated length over HTTP/%s', async (version) => {
    const { bytes, ending } = await ask(version, (response) => {
      response.setHeader('Content-Length', 10);
      response.write('half');
      void cutResponse(response);
    });

    expect(await ending).toBe('end');
    expect(Buffer.concat(bytes).toString('latin1')).toMatch(/\r\n\r\nhalf$/);
  });

  it('resets nothing when the content says that it is not complete', async () => {
    const { bytes, ending } = await ask('1.0', (response) => {
      response.write('last words');
      void cutResponse(response, true);
    });

    expect(await ending).toBe('end');
    expect(Buffer.concat(bytes).toString('latin1')).toMatch(/last words$/);
  });
});

describe(resetStalledReader.name, () => {
  it('resets the connection of a reader that reads nothing', async () => {
    let answer: ServerResponse | undefined;
    await ask('1.1', (response) => {
      answer = response;
      resetStalledReader(response, 50);
      response.write(Buffer.alloc(64_000_000));
    });
    reader.pause();
    await once(server, 'request');

    await once(answer!, 'close');
    expect(answer!.writableFinished).toBe(false);
  });

  it('waits for a source that has nothing to send', async () => {
    let whenIdle: (() => void) | undefined;
    const idle = new Promise<void>((resolve) => {
      whenIdle = resolve;
    });
    const { bytes, ending } = await ask('1.1', (response) => {
      resetStalledReader(response, 50);
      response.on('timeout', () => whenIdle?.());
      response.write('first');
      void idle.then(() => response.end('last'));
    });
    await idle;
    reader.end();

    expect(await ending).toBe('end');
    expect(Buffer.concat(bytes).toString('latin1')).toContain('4\r\nlast\r\n0\r\n\r\n');
  });
});
