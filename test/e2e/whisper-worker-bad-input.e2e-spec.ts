import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeWords } from '../../src/whisper-worker/engines/fake/coded-words.js';
import { Poison, POISON_SPACE } from '../../src/whisper-worker/engines/fake/fake-engine.js';
import type { Worker } from '../../src/whisper-worker/worker.js';
import { startTestWorker } from '../support/start-test-worker.js';
import { WorkerClient } from '../support/worker-client.js';
import { waitFor } from '../support/wait-for.js';

const TOKEN = 'the-shared-token';
const SILENCE = new Int16Array(16_000);

function words(space: number, from: number, to: number): Int16Array {
  return encodeWords(Array.from({ length: to - from + 1 }, (_, index) => ({ space, number: from + index })));
}

describe('A worker that is sent bad input', () => {
  let sut: Worker;
  const clients: WorkerClient[] = [];

  beforeAll(async () => {
    sut = await startTestWorker({
      WHISPER_ENGINE: 'fake',
      WHISPER_TOKEN: TOKEN,
      WHISPER_CONNECT_TIMEOUT_MS: '2000',
    });
  });

  afterEach(() => clients.splice(0).forEach((client) => client.terminate()));
  afterAll(() => sut.close());

  async function connect(): Promise<WorkerClient> {
    const client = await WorkerClient.connect(sut.port);
    clients.push(client);
    return client;
  }

  async function open(): Promise<WorkerClient> {
    const client = await WorkerClient.open(sut.port, { token: TOKEN });
    clients.push(client);
    return client;
  }

  it.each([
    [
      'a wrong token',
      JSON.stringify({ type: 'hello', v: 1, token: 'x', sessionId: 's', epoch: 0, start: 0 }),
      4401,
    ],
    ['a wrong bare token', 'not-the-token', 4401],
    ['an empty first frame', '', 4401],
    ['broken JSON', '{"type":"hel', 4400],
    [
      'another version',
      JSON.stringify({ type: 'hello', v: 9, token: TOKEN, sessionId: 's', epoch: 0, start: 0 }),
      4400,
    ],
    [
      'a language that is not one',
      JSON.stringify({
        type: 'hello',
        v: 1,
        token: TOKEN,
        sessionId: 's',
        epoch: 0,
        start: 0,
        options: { language: 'xx' },
      }),
      4400,
    ],
  ])('refuses %s', async (_what, frame, code) => {
    const client = await connect();
    client.socket.send(frame);
    await expect(client.closed).resolves.toMatchObject({ code });
  });

  it('refuses audio before the hello', async () => {
    const client = await connect();
    client.send(SILENCE);
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('closes a connection that never says hello', async () => {
    const client = await connect();
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('takes an empty frame for nothing', async () => {
    const client = await open();
    client.socket.send(Buffer.alloc(0));
    client.send(words(1, 1, 2));
    await client.end();
    expect(client.text).toBe('1:1 1:2');
  });

  it('refuses half a sample', async () => {
    const client = await open();
    client.socket.send(Buffer.alloc(321));
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('refuses a frame that is too large', async () => {
    const client = await open();
    client.socket.send(Buffer.alloc(65_538));
    await expect(client.closed).resolves.toMatchObject({ code: 1009 });
  });

  it('refuses a text frame that is no message', async () => {
    const client = await open();
    client.socket.send('{"type":"surprise"}');
    await expect(client.closed).resolves.toMatchObject({ code: 4400 });
  });

  it('refuses audio behind the end', async () => {
    const client = await open();
    client.socket.send('{"type":"end"}');
    client.send(SILENCE);
    const { code } = await client.closed;
    // Whichever comes first: the answer to the end, or the refusal.
    expect([1000, 4400]).toContain(code);
  });

  it('answers an end without audio', async () => {
    const client = await open();
    await expect(client.end()).resolves.toMatchObject({ commit: 0 });
  });

  it('refuses paths other than /ws', async () => {
    const response = await fetch(`http://127.0.0.1:${sut.port}/elsewhere`);
    expect(response.status).toBe(404);
  });

  it.each(['before the hello', 'after the hello', 'in the middle of a word', 'right after the end'])(
    'keeps serving when a client vanishes %s',
    async (stage) => {
      const client = stage === 'before the hello' ? await connect() : await open();
      if (stage === 'in the middle of a word') client.send(words(2, 1, 3).subarray(0, 5_000));
      if (stage === 'right after the end') client.socket.send('{"type":"end"}');
      client.terminate();
      const other = await open();
      other.send(words(3, 1, 2));
      await other.end();
      expect(other.text).toBe('3:1 3:2');
    },
  );

  it('tells a session that its engine failed, and harms no other', async () => {
    const [poisoned, healthy] = [await open(), await open()];
    healthy.send(words(4, 1, 2));
    poisoned.send(encodeWords([{ space: POISON_SPACE, number: Poison.fail }]));
    poisoned.send(SILENCE);
    await expect(poisoned.next('error')).resolves.toMatchObject({ code: 'internal', retryable: true });
    healthy.send(words(4, 3, 4));
    await healthy.end();
    expect(healthy.text).toBe('4:1 4:2 4:3 4:4');
  });

  it('goes on after it was held back for sending far faster than real time', async () => {
    const client = await open();
    // Beyond both bounds: the burst of 90 s, and 45 s of one session undecided.
    client.send(words(6, 1, 500), 32_000);
    await client.end();
    expect(client.text.split(' ')).toHaveLength(500);
  });

  it('refuses a flood of frames', async () => {
    const client = await open();
    for (let i = 0; i < 20_000; i += 1) client.socket.send(Buffer.alloc(2));
    await expect(client.closed).resolves.toMatchObject({ code: 1008 });
  });

  it('forgets every session when all is over', async () => {
    clients.splice(0).forEach((client) => client.terminate());
    const client = await open();
    await client.end();
    await client.closed;
    // The close of this connection is seen by the worker in its own time.
    await waitFor(() => sut.sessions === 0, 'the sessions to be over');
    expect(sut.sessions).toBe(0);
  });
});

describe('A worker without a token', () => {
  it('refuses pages in a browser, which send an Origin', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake' });
    const response = await fetch(`http://127.0.0.1:${sut.port}/health/live`);
    expect(response.status).toBe(200);
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`ws://127.0.0.1:${sut.port}/ws`, { origin: 'https://elsewhere.example' });
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    });
    await sut.close();
    expect(status).toBe(403);
  });

  it('does not listen beyond loopback', async () => {
    await expect(startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_WORKER_HOST: '0.0.0.0' })).rejects.toThrow(
      /WHISPER_TOKEN/,
    );
  });
});

describe('A worker with few places', () => {
  it('refuses one session too many and says when to come again', async () => {
    const sut = await startTestWorker({ WHISPER_ENGINE: 'fake', WHISPER_MAX_SESSIONS: '1' });
    const first = await WorkerClient.open(sut.port);
    const second = await WorkerClient.connect(sut.port);
    second.hello();
    const { code, reason } = await second.closed;
    first.terminate();
    await sut.close();
    expect({ code, reason }).toEqual({ code: 4429, reason: expect.stringMatching(/^retryAfterMs=\d+$/) });
  });
});
