import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Server } from 'socket.io';
import { RawPeer } from '../../../test/support/raw-peer.js';
import { UnreadWatch, type Connection } from './unread-watch.js';

const MAX_BYTES = 1_000_000;
const MESSAGE = 'x'.repeat(100_000);
/** Far more than the buffers of both kernels hold, and than is allowed. */
const MESSAGES = 400;

describe(UnreadWatch.name, () => {
  let http: HttpServer;
  let io: Server;
  let url: string;
  let connection: Connection;
  const peers: RawPeer[] = [];
  const sockets: TcpSocket[] = [];

  beforeEach(async () => {
    http = createServer();
    io = new Server(http, { allowEIO3: true });
    io.engine.prependListener('connection', (each: Connection) => {
      connection = each;
      UnreadWatch.start(each, MAX_BYTES);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    await io.close();
  });

  async function peer(path?: string): Promise<RawPeer> {
    const raw = await RawPeer.connect(url, path);
    peers.push(raw);
    return raw;
  }

  /** Says as much as is taken, a message at each turn. Gives the most that was unread at any time. */
  async function sayMuch(): Promise<number> {
    let most = 0;
    for (let said = 0; said < MESSAGES && connection.readyState === 'open'; said += 1) {
      connection.write(MESSAGE);
      most = Math.max(most, UnreadWatch.of(connection).bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return most;
  }

  it('counts nothing when a peer has read everything', async () => {
    const raw = await peer();
    connection.write(MESSAGE);
    await raw.hears(/^4xxx/);
    await new Promise((resolve) => setImmediate(resolve));

    expect(UnreadWatch.of(connection)).toMatchObject({ packets: 0, bytes: 0 });
  });

  it('cuts a websocket that is not read, and keeps no more of it than one message beyond the bound', async () => {
    const raw = await peer();
    raw.stopReading();

    expect(await sayMuch()).toBeLessThan(MAX_BYTES + 2 * MESSAGE.length);
    expect(connection.readyState).toBe('closed');
  });

  it('cuts a peer that has itself refused again and again and reads none of it', async () => {
    const raw = await peer();
    raw.stopReading();
    // The name of the namespace that is not there comes back with the refusal.
    const asked = await raw.sendUntilClosed(`40/${MESSAGE},`, MESSAGES);

    expect(asked).toBeLessThan(MESSAGES);
    expect(connection.readyState).toBe('closed');
  });

  it('cuts a client that polls and takes no answer', async () => {
    const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await response.text()).slice(1)) as { sid: string };
    const poll = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(poll);
    poll.on('error', () => undefined);
    poll.pause();
    const ready = once(connection.transport, 'ready');
    poll.write(`GET /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: parley\r\n\r\n`);
    await ready;
    // Far more than the buffers of both kernels hold.
    connection.write('x'.repeat(32_000_000));
    expect(UnreadWatch.of(connection).bytes).toBeGreaterThan(MAX_BYTES);

    connection.write(MESSAGE);

    expect(connection.readyState).toBe('closed');
    const cut = once(poll, 'close');
    poll.resume();
    await cut;
    expect(poll.bytesRead).toBeLessThan(32_000_000);
  });

  it('lets a client that polls and reads have as much as it likes', async () => {
    const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await response.text()).slice(1)) as { sid: string };
    let read = 0;
    while (read < 3 * MAX_BYTES) {
      const ready = once(connection.transport, 'ready');
      const poll = fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`);
      await ready;
      connection.write(MESSAGE);
      read += (await (await poll).text()).length;
    }

    expect(connection.readyState).toBe('open');
  });
});
