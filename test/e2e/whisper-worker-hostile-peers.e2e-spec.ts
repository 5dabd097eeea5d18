import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { configurationOf } from '../../src/configuration.js';
import { WhisperWorkerClient } from '../../src/transcription/providers/whisper/whisper-worker.client.js';
import type { WorkerLoss } from '../../src/transcription/providers/whisper/worker-pool.js';
import type { DecodedUtterance } from '../../src/whisper-worker/engine.js';
import { FakeEngine } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { codedSentences, codedSpeech } from '../support/coded-speech.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerClient } from '../support/worker-client.js';

/** Hears a word in everything, whose times fill a frame. */
class LongWindedEngine extends FakeEngine {
  override async decode(): Promise<DecodedUtterance> {
    return { text: 'word', language: 'en', words: WORDS };
  }
}
const WORDS = Array.from({ length: 1_000 }, () => ({ word: 'long'.repeat(10), start: 0, end: 1 }));

describe('A worker whose peers mean harm', () => {
  let sut: Worker;
  const clients: WorkerClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate();
    await sut.close();
  });

  async function connect(): Promise<WorkerClient> {
    const client = await WorkerClient.connect(sut.port);
    clients.push(client);
    return client;
  }

  it('lets a gateway in while hundreds of sockets say nothing', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_CONNECT_TIMEOUT_MS: '60000' });
    const silent = await Promise.all(Array.from({ length: 200 }, connect));
    // The newest are still there, so that a slow gateway is not put out by the next one.
    const gateway = await connect();
    gateway.hello();
    await gateway.next('ready');
    gateway.send(codedSpeech(1, 1, 2));
    await gateway.end();
    expect(gateway.text).toBe('1:1 1:2');
    await Promise.all(silent.slice(0, 100).map(({ closed }) => closed));
    expect(silent.at(-1)!.socket.readyState).toBe(silent.at(-1)!.socket.OPEN);
  });

  it('cuts off a gateway that speaks and never reads', async () => {
    sut = await startTestWorker(
      { WHISPER_ENGINE: 'fake', WHISPER_MAX_UNREAD_BYTES: '65536', VAD_SILENCE_MS: '50' },
      new LongWindedEngine(),
    );
    const client = await WorkerClient.open(sut.port, { options: { words: true } });
    clients.push(client);
    client.socket.pause();
    // Every pause ends an utterance of some 60 kB; the kernel holds a few megabytes.
    const speech = codedSentences(1, 1, 1, 3_200);
    const speaking = setInterval(() => {
      for (let i = 0; i < 20; i += 1) client.send(speech, 32_000);
    }, 5);
    await waitFor(() => sut.sessions === 0, 'the worker to give the session up');
    clearInterval(speaking);
  });

  it('refuses a flood of pings, each of which wants an answer', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(sut.port);
    clients.push(client);
    for (let i = 0; i < 1_000; i += 1) client.socket.ping();
    await expect(client.closed).resolves.toMatchObject({ code: 1008 });
  });

  it('refuses a message in thousands of pieces', async () => {
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const client = await WorkerClient.open(sut.port);
    clients.push(client);
    for (let i = 0; i < 1_000; i += 1) client.socket.send(Buffer.alloc(2), { fin: false });
    await client.closed;
    await waitFor(() => sut.sessions === 0, 'the end of the session');
  });

  it('decodes for those who ask whether it lives no more often than once a second', async () => {
    let decodes = 0;
    class CountingEngine extends FakeEngine {
      override decode(...args: Parameters<FakeEngine['decode']>): Promise<DecodedUtterance> {
        decodes += 1;
        return super.decode(...args);
      }
    }
    sut = await startTestWorker({ WHISPER_ENGINE: 'fake' }, new CountingEngine());
    decodes = 0;
    const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${sut.port}/health/live`);
    await ask();
    await Promise.all(Array.from({ length: 20 }, ask));
    expect(decodes).toBe(1);
  });
});

describe('A gateway whose worker acknowledges what it does not read', () => {
  it('leaves it, and holds no more than it keeps for another one', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.once('message', () => {
        socket.send(JSON.stringify({ type: 'ready', epoch: 0, worker: 'w', model: 'm', window: 1e9 }));
        socket.pause();
      });
    });
    const config = configurationOf({
      TRANSCRIPTION_RING_MS: '30000',
      WHISPER_SILENT_TIMEOUT_MS: '60000',
      WHISPER_MAX_UNREAD_BYTES: '65536',
    });
    const sut = new WhisperWorkerClient(config.transcription, config.worker);
    const lost: WorkerLoss[] = [];
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
    const connection = await sut.connect(
      url,
      { type: 'hello', v: 1, token: '', sessionId: 's', epoch: 0, start: 0 },
      { onMessage: () => undefined, onClose: (how) => lost.push(how) },
    );
    const second = new Int16Array(16_000);
    for (let sent = 0; lost.length === 0 && sent < 2_000; sent += 1) {
      connection.sendPcm(second);
      if (sent % 50 === 0) await new Promise(setImmediate);
    }
    for (const socket of server.clients) socket.terminate();
    server.close();
    expect(lost).toEqual(['lost']);
  });
});
