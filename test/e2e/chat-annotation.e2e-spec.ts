import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import {
  answer,
  beginAnswer,
  refuse,
  startFakeOpenAiChat,
  type Exchange,
  type FakeOpenAiChat,
} from '../support/fake-openai-chat.js';
import type { RunningApp } from '../support/start-app.js';
import { RawPeer } from '../support/raw-peer.js';
import { startChat } from '../support/start-chat.js';

type Words = [string, string, string][];

function next(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)));
}

function termOf({ body }: Exchange): string {
  const { content } = (body.messages as { content: string }[])[1]!;
  return /^Term: (.*)/.exec(content)![1]!;
}

function jobOf(...words: Words): object {
  return { arrStart: 3, arrEnd: 9, unProcessedText: words, sumText: 'A lecture on trees.' };
}

describe('nlProcessing', () => {
  let upstream: FakeOpenAiChat;
  let running: RunningApp;
  let socket: Socket;

  async function start(overrides: Record<string, string> = {}): Promise<void> {
    running = await startChat(upstream, overrides);
    socket = io(running.url, { reconnection: false });
    await next(socket, 'connect');
  }

  const explainAll = (exchange: Exchange): unknown => answer(`about ${termOf(exchange)}`)(exchange);

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat(explainAll);
  });

  afterEach(async () => {
    socket?.disconnect();
    await running?.close();
    await upstream.close();
  });

  const result = async (): Promise<{ unProcessedText: Words }> =>
    ((await next(socket, 'NLPResult')) as [{ unProcessedText: Words }])[0];

  it.each([
    ['an object', (job: object) => job],
    ['JSON text', (job: object) => JSON.stringify(job)],
  ])('fills in the comments of %s and gives everything else back as it came', async (_name, encode) => {
    await start();
    const job = jobOf(
      ['Trees', 'comment', ''],
      ['are', 'none', ''],
      ['', 'br', ''],
      ['green', 'highlight', 'x'],
    );
    socket.emit('nlProcessing', encode(job));

    expect(await result()).toEqual(
      jobOf(
        ['Trees', 'comment', 'about Trees'],
        ['are', 'none', ''],
        ['', 'br', ''],
        ['green', 'highlight', 'x'],
      ),
    );
  });

  it('explains the words of a job side by side, each once, within the bound', async () => {
    await start({ ANNOTATION_PARALLEL: '2' });
    let open = 0;
    let most = 0;
    upstream.script = (exchange) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        void explainAll(exchange);
      });
    };
    const words = ['a', 'b', 'c', 'd', 'a'].map((word): [string, string, string] => [word, 'comment', '']);
    socket.emit('nlProcessing', jobOf(...words));

    expect((await result()).unProcessedText.map(([, , comment]) => comment)).toEqual(
      ['a', 'b', 'c', 'd', 'a'].map((word) => `about ${word}`),
    );
    expect(most).toBeLessThanOrEqual(2);
    expect(upstream.exchanges).toHaveLength(4);
  });

  it('takes the jobs of a client one at a time and answers them in order', async () => {
    await start();
    upstream.script = () => undefined;
    const results: string[] = [];
    const both = new Promise<void>((resolve) => {
      socket.on('NLPResult', ({ unProcessedText }: { unProcessedText: Words }) => {
        results.push(unProcessedText[0]![0]);
        if (results.length === 2) resolve();
      });
    });
    await socket.emitWithAck('nlProcessing', jobOf(['first', 'comment', '']));
    const first = await upstream.exchange(0);
    await socket.emitWithAck('nlProcessing', jobOf(['second', 'comment', '']));
    const callsMeanwhile = upstream.exchanges.length;
    upstream.script = explainAll;
    void explainAll(first);
    await both;

    expect(callsMeanwhile).toBe(1);
    expect(results).toEqual(['first', 'second']);
  });

  it('keeps explanations within 128 characters and stops the provider there', async () => {
    await start();
    upstream.script = beginAnswer('👨‍👩‍👧'.repeat(30));
    socket.emit('nlProcessing', jobOf(['word', 'comment', '']));
    const comment = (await result()).unProcessedText[0]![2];
    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();

    expect(comment).toBe('👨‍👩‍👧'.repeat(16));
  });

  it.each([
    ['JSON that is none', '{"unProcessedText":', 'nlProcessing'],
    ['a job without words', {}, 'unProcessedText'],
    ['words of a wrong shape', { unProcessedText: [['only']] }, 'unProcessedText.0'],
    ['nothing', null, 'body'],
  ])('refuses %s with a typed error, as event and acknowledgement', async (_name, payload, param) => {
    await start();
    const event = next(socket, 'NLPError');
    const ack: unknown = await socket.emitWithAck('nlProcessing', payload);

    expect(ack).toMatchObject({ ok: false, code: 'bad_request', retryable: false });
    expect((await event)[0]).toMatchObject({ code: 'bad_request', param: expect.stringContaining(param) });
    expect(upstream.exchanges).toHaveLength(0);
  });

  it('tells a failure of the provider without its words, and works on', async () => {
    await start();
    upstream.script = refuse(429);
    const failed = next(socket, 'NLPError');
    socket.emit('nlProcessing', jobOf(['word', 'comment', '']));
    const [error] = await failed;
    upstream.script = explainAll;
    socket.emit('nlProcessing', jobOf(['next', 'comment', '']));

    expect(error).toMatchObject({ code: 'provider_rate_limited', retryable: true });
    expect(JSON.stringify(error)).not.toContain('PROVIDER TEXT');
    expect((await result()).unProcessedText[0]![2]).toBe('about next');
  });

  it('gives the comments there are when one word fails, and says so', async () => {
    await start();
    upstream.script = (exchange) =>
      termOf(exchange) === 'bad' ? refuse(500)(exchange) : explainAll(exchange);
    const failed = next(socket, 'NLPError');
    socket.emit('nlProcessing', jobOf(['good', 'comment', ''], ['bad', 'comment', 'old']));

    expect((await result()).unProcessedText).toEqual([
      ['good', 'comment', 'about good'],
      ['bad', 'comment', 'old'],
    ]);
    expect((await failed)[0]).toMatchObject({ code: 'provider_failed' });
  });

  it('refuses more waiting jobs than the bound, and more words', async () => {
    await start({ ANNOTATION_MAX_WAITING: '1', ANNOTATION_MAX_WORDS: '2' });
    upstream.script = () => undefined;
    const send = (): Promise<unknown> => socket.emitWithAck('nlProcessing', jobOf(['word', 'comment', '']));
    await send();
    await send();

    expect(await send()).toMatchObject({ ok: false, code: 'overloaded', retryable: true });
    const words = ['a', 'b', 'c'].map((word): [string, string, string] => [word, 'comment', '']);
    expect(await socket.emitWithAck('nlProcessing', jobOf(...words))).toMatchObject({
      ok: false,
      code: 'too_large',
    });
  });

  it('gives up a word that takes too long', async () => {
    await start({ ANNOTATION_TIMEOUT_MS: '2000' });
    upstream.script = () => undefined;
    const failed = next(socket, 'NLPError');
    socket.emit('nlProcessing', jobOf(['word', 'comment', '']));

    expect((await failed)[0]).toMatchObject({ code: 'provider_timeout' });
    await expect((await upstream.exchange(0)).closed).resolves.toBeUndefined();
  });

  it('stops the provider when the client leaves', async () => {
    await start();
    upstream.script = beginAnswer('Hal');
    socket.emit('nlProcessing', jobOf(['word', 'comment', '']));
    const { closed } = await upstream.exchange(0);
    socket.disconnect();

    await expect(closed).resolves.toBeUndefined();
  });

  it.each<[string, (deep: string) => unknown]>([
    ['an object', (deep) => ({ unProcessedText: [], extra: JSON.parse(deep) as unknown })],
    ['JSON text', (deep) => `{"unProcessedText":[],"extra":${deep}}`],
  ])('refuses %s that is nested too deeply, and works on', async (_name, jobWith) => {
    await start();
    const deep = '['.repeat(90_000) + ']'.repeat(90_000);
    const levels = '['.repeat(200) + ']'.repeat(200);
    const payload = jobWith(_name === 'JSON text' ? deep : levels);

    expect(await socket.emitWithAck('nlProcessing', payload)).toMatchObject({
      ok: false,
      code: 'bad_request',
      param: 'nlProcessing',
    });
    socket.emit('nlProcessing', jobOf(['next', 'comment', '']));
    expect((await result()).unProcessedText[0]![2]).toBe('about next');
  });

  it('refuses a job that is too large, and works on', async () => {
    await start({ TRANSCRIPTION_MAX_CHUNK_BYTES: '100000' });
    const job = jobOf(['word', 'none', 'x'.repeat(200_000)]);

    expect(await socket.emitWithAck('nlProcessing', job)).toMatchObject({ ok: false, code: 'too_large' });
    socket.emit('nlProcessing', jobOf(['next', 'comment', '']));
    expect((await result()).unProcessedText[0]![2]).toBe('about next');
  });

  it('cuts a client that takes none of its results', async () => {
    await start({ SOCKET_MAX_UNREAD_BYTES: '1000000' });
    const peer = await RawPeer.admitted(running.url);
    peer.stopReading();
    const job = { unProcessedText: [], text: 'y'.repeat(400_000) };
    // 200 MB of results: far more than the buffers of both kernels hold.
    const taken = await peer.sendUntilClosed(`42${JSON.stringify(['nlProcessing', job])}`, 500);

    expect(taken).toBeLessThan(500);
    peer.close();
  });
});
