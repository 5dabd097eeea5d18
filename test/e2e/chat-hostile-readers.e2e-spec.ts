import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHAT_CONCURRENCY } from '../../src/chat/runs/chat-concurrency.js';
import type { TenantConcurrencyLimit } from '../../src/common/limits/concurrency-limit.js';
import { OpenStreams } from '../../src/common/streams/open-streams.js';
import {
  answer,
  beginAnswer,
  startFakeOpenAiChat,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { startChat } from '../support/start-chat.js';
import { waitFor } from '../support/wait-for.js';

/** Four answers are more than the system's buffers of a connection hold. */
const PARTS = Array.from({ length: 95 }, () => '말 '.repeat(5_000));

let upstream: FakeOpenAiChat;
let running: RunningApp;
let reader: Socket | undefined;

beforeEach(async () => {
  upstream = await startFakeOpenAiChat(answer(...PARTS));
  running = await startChat(upstream, {
    CHAT_STALLED_READER_MS: '1000',
    CHAT_MAX_OUTPUT_CHARS: '1000000',
    CHAT_RUN_LOG_BYTES: '65536',
  });
});
afterEach(async () => {
  reader?.destroy();
  await running.close();
  await upstream.close();
});

/** Sends requests on one connection, and reads nothing of the answers. */
function send(requests: string): void {
  reader = connect(Number(new URL(running.url).port), '127.0.0.1');
  reader.on('error', () => undefined);
  reader.pause();
  reader.write(requests);
}

describe('a reader of a whole answer who never reads', () => {
  /** The server's end of the reader's connection. */
  let served: Socket;

  /** Asks four times on one connection. */
  async function ask(method: string, path: string, body: string): Promise<void> {
    const connected = once(running.app.getHttpServer(), 'connection');
    const request =
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    send(request.repeat(4));
    [served] = (await connected) as [Socket];
  }

  const isCut = async (): Promise<void> => {
    await waitFor(() => served.destroyed, 'the reader to be cut off');
    await waitFor(() => running.app.get(OpenStreams).size === 0, 'its stream to be over');
  };

  it('of an answer as JSON is cut off', async () => {
    await ask('POST', '/chat', '{"text":"Hi"}');
    await waitFor(() => served.writableLength > 0, 'the connection to be full');
    await isCut();

    expect(reader?.destroyed).toBe(false);
  });

  it('of the state of a run is cut off', async () => {
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
    };
    const asked = await fetch(`${running.url}/chat`, {
      method: 'POST',
      headers,
      body: '{"text":"Hi"}',
    });
    const { runId } = (await asked.json()) as { runId: string };
    await ask('GET', `/chat/runs/${runId}`, '');
    await waitFor(() => served.writableLength > 0, 'the connection to be full');
    await isCut();

    expect(reader?.destroyed).toBe(false);
  });
});

describe('a reader of events who never reads', () => {
  // Characters that take six bytes and more as events, so that the answer is more than the system's buffers of a connection hold.
  it.each([
    ['events', '\u0001', '', {}],
    ['plain text', '\n', '?format=text', {}],
    ['words at a pace', '\u0001', '', { pace: { unit: 'word', intervalMs: 1, maxLagMs: 1 } }],
  ])('is cut off, and what nobody reads is no longer paid for: %s', async (_what, char, query, options) => {
    // Without an end: the answer is still being written.
    upstream.script = beginAnswer(...Array.from({ length: 99 }, () => char.repeat(10_000)));
    const body = JSON.stringify({ text: 'Hi', graceMs: 0, ...options });
    send(
      `POST /chat${query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

    const { closed } = await upstream.exchange(0);
    await closed;
    await waitFor(() => running.app.get(OpenStreams).size === 0, 'its stream to be over');
    expect(running.app.get<TenantConcurrencyLimit>(CHAT_CONCURRENCY).taken).toBe(0);
    expect(reader?.destroyed).toBe(false);
  });
});
