import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Server, Socket } from 'socket.io';
import { AdmittingIoAdapter } from '../../src/auth/socket-admission.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { RawPeer } from '../support/raw-peer.js';
import { CaptionClient } from '../support/socket-client.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { startTranscription } from '../support/start-transcription.js';
import { waitFor } from '../support/wait-for.js';

const KEY = 'parley-test-key';
const OTHER_KEY = 'parley-other-key';
const API_KEYS = [`acme:${sha256(KEY)}`, `globex:${sha256(OTHER_KEY)}`].join(',');
/** What a peer may say before it is admitted is far less. */
const LARGE = 100_000;

function sha256(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

describe('connections', () => {
  let running: RunningApp;
  let worker: Worker | undefined;
  const peers: { close(): void }[] = [];

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    jest.restoreAllMocks();
    await running.close();
    await worker?.close();
    worker = undefined;
  });

  function track<P extends { close(): void }>(peer: P): P {
    peers.push(peer);
    return peer;
  }

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startApp({ FEATURES: 'transcription', API_KEYS, ...overrides });
  }

  async function polling(): Promise<{ url: string; post: (body: string) => Promise<number | string> }> {
    const path = `${running.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(path)).text()).slice(1)) as { sid: string };
    const url = `${path}&sid=${sid}`;
    const post = (body: string): Promise<number | string> =>
      new Promise((resolve) => {
        const outgoing = request(url, { method: 'POST' }, ({ statusCode }) => resolve(statusCode!));
        outgoing.on('error', ({ message }) => resolve(message));
        outgoing.end(body);
      });
    return { url, post };
  }

  describe('that are not admitted', () => {
    it.each<[string, string | Uint8Array]>([
      ['announces attachments', '4510-["audio",{"_placeholder":true,"num":0}]'],
      ['sends bytes', new Uint8Array(100)],
      ['sends an event', '42["audio",{}]'],
      ['asks for admission at length', `40{"token":"${'k'.repeat(LARGE)}"}`],
    ])('are closed when their peer %s', async (_what, frame) => {
      await start();
      const peer = track(await RawPeer.connect(running.url));
      peer.send(frame);

      await peer.closed;
      // Nothing but what opens a connection.
      expect(peer.said).toEqual([expect.stringMatching(/^0/)]);
    });

    it('are not read beyond a few kilobytes by polling either', async () => {
      await start();
      const { post } = await polling();

      expect(await post(`40${'x'.repeat(LARGE)}`)).not.toBe(200);
    });

    it('are closed after a while, also when their keys were wrong', async () => {
      await start({ SOCKET_CONNECT_TIMEOUT_MS: '2000' });
      const silent = track(await RawPeer.connect(running.url));
      const guessing = track(await RawPeer.connect(running.url));
      guessing.send('40{"token":"wrong"}');
      expect(await guessing.hears(/^44/)).toContain('unauthorized');

      await Promise.all([silent.closed, guessing.closed]);
    });

    it('are forgotten by Socket.io, too, when they end while their key is looked at', async () => {
      const made = jest.spyOn(AdmittingIoAdapter.prototype, 'createIOServer');
      await start();
      const namespace = (made.mock.results[0]!.value as Server).of('/');
      const { _preConnectSockets: kept } = namespace as unknown as {
        _preConnectSockets: Map<string, Socket>;
      };
      const came = jest.spyOn(kept, 'set');
      for (let count = 0; count < 20; count += 1) {
        const peer = track(await RawPeer.connect(running.url));
        // The event ends the connection, as nobody is admitted yet.
        peer.sendAtOnce(`40{"token":"${KEY}"}`, '42["audio",{}]');
        await peer.closed;
      }

      expect(came).toHaveBeenCalled();
      await waitFor(() => kept.size === 0, 'no socket to be kept');
    });

    it('make room for newer ones, the longest waiting first', async () => {
      await start({ SOCKET_MAX_UNADMITTED: '5' });
      const first = track(await RawPeer.admitted(running.url, KEY));
      const waiting: RawPeer[] = [];
      for (let count = 0; count < 12; count += 1) waiting.push(track(await RawPeer.connect(running.url)));
      await Promise.all(waiting.slice(0, 7).map(({ closed }) => closed));

      expect(waiting.map(({ isOpen }) => isOpen)).toEqual([...Array(7).fill(false), ...Array(5).fill(true)]);
      expect(first.isOpen).toBe(true);
      await track(new CaptionClient(running.url, { auth: { token: KEY } })).connected();
    });

    it('and change over from polling begin small all the same', async () => {
      await start();
      const { url } = await polling();
      const sid = new URL(url).searchParams.get('sid')!;
      const peer = track(
        await RawPeer.connect(running.url, `/socket.io/?EIO=4&transport=websocket&sid=${sid}`),
      );

      peer.send(new Uint8Array(LARGE));

      expect(await peer.closed).toBe(1009);
    });
  });

  it('are shared by the tenants: one that takes its share leaves the others theirs', async () => {
    await start({ SOCKET_MAX_CONNECTIONS: '8' });
    const connect = (token: string): CaptionClient =>
      track(new CaptionClient(running.url, { auth: { token } }));
    for (let count = 0; count < 6; count += 1) await connect(KEY).connected();

    await expect(connect(KEY).connected()).rejects.toMatchObject({ data: { code: 'overloaded' } });
    await connect(OTHER_KEY).connected();
    peers[0]!.close();
    await waitFor(
      () =>
        connect(KEY)
          .connected()
          .then(
            () => true,
            () => false,
          ),
      'the place of a connection that is gone',
    );
  });

  it('end with their socket', async () => {
    await start();
    const peer = track(await RawPeer.admitted(running.url, KEY));

    peer.send('41');

    expect(await peer.closed).toEqual(expect.any(Number));
  });

  describe('that are admitted', () => {
    async function typed(transport: string): Promise<CaptionClient> {
      worker = await startTestWorker({ WHISPER_ENGINE: 'fake' });
      running = await startTranscription(worker, {
        TRANSCRIPTION_MAX_CHUNK_BYTES: '60000',
        TRANSCRIPTION_RESUME_MS: '200',
        SOCKET_MAX_MESSAGE_BYTES: '2000000',
      });
      const client = track(new CaptionClient(running.url, { transports: [transport] }));
      await client.start({ format: { codec: 's16le', sampleRate: 16_000 } });
      return client;
    }

    it.each(['websocket', 'polling'])(
      'answer a chunk that is too large, over %s, and the session goes on',
      async (transport) => {
        const client = await typed(transport);
        const tooLarge = { ok: false, code: 'too_large', retryable: false, param: 'audio', limit: 60_000 };

        for (const bytes of [60_001, 80_000, 100_000, 1_200_000]) {
          expect(await client.ask('audio', { seq: 1 }, new Uint8Array(bytes))).toMatchObject(tooLarge);
          const base64 = Buffer.alloc(bytes).toString('base64');
          expect(await client.ask('audio', { seq: 1 }, base64)).toMatchObject(tooLarge);
        }
        expect(await client.ask('audio', { seq: 1 }, new Uint8Array(60_000))).toMatchObject({
          ok: true,
          received: 1,
        });
      },
    );

    it('answer events of any kind that are too large or nested too deeply', async () => {
      const client = await typed('websocket');
      const deep = JSON.parse('['.repeat(90) + ']'.repeat(90)) as unknown;

      expect(await client.ask('session:start', { v: 1, label: 'x'.repeat(200_000) })).toMatchObject({
        code: 'too_large',
      });
      expect(await client.ask('session:start', { v: 1, vad: deep })).toMatchObject({ code: 'bad_request' });
      expect(await client.ask('audio', { seq: deep }, new Uint8Array(10))).toMatchObject({
        code: 'bad_request',
      });
      expect(await client.ask('session:end', { lastSeq: deep })).toMatchObject({ code: 'bad_request' });
      expect(await client.ask('session:end', {})).toMatchObject({ ok: true });
    });

    it('survive a packet of 90,000 levels', async () => {
      await start();
      const peer = track(await RawPeer.admitted(running.url, KEY));
      peer.send(`425["session:start",${'['.repeat(90_000)}${']'.repeat(90_000)}]`);

      expect(await peer.hears(/^435/)).toContain('bad_request');
      expect(peer.isOpen).toBe(true);
    });

    it('are closed when a message is larger than any that is answered', async () => {
      const client = await typed('websocket');
      const closed = new Promise<string>((resolve) => client.socket.once('disconnect', resolve));
      client.socket.emit('transcription', new Uint8Array(2_000_001));

      expect(await closed).toBe('transport close');
    });
  });
});
