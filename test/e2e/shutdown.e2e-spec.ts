import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startProduct, startWorker, type RunningProcess } from '../../scripts/start-product.js';
import { deltaEvent, ENDING_EVENTS, beginAnswer, startFakeOpenAiChat } from '../support/fake-openai-chat.js';
import type { FakeOpenAiChat } from '../support/fake-openai-chat.js';
import { processesBelow, stillRunning, type ProcessEntry } from '../support/left-behind.js';
import { sample } from '../support/samples.js';
import { CaptionClient } from '../support/socket-client.js';
import { openSse, postJson, textOf } from '../support/sse-client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

/** Longer than any machine needs for what comes before it: the tests end what waits so long. */
const FOR_EVER_MS = '600000';

/** The built product with all features, as real processes, told to end while it works. */
describe('a shutdown', () => {
  let upstream: FakeOpenAiChat;
  let folder: TemporaryFolder;
  let running: RunningProcess;
  let client: CaptionClient | undefined;

  beforeEach(async () => {
    upstream = await startFakeOpenAiChat(beginAnswer('Half'));
    folder = await temporaryFolder();
  });

  afterEach(async () => {
    client?.close();
    client = undefined;
    await running.stop();
    await upstream.close();
    await folder.remove();
  });

  async function start(variables: Record<string, string> = {}): Promise<void> {
    running = await startProduct({
      TMPDIR: folder.path,
      CHAT_PROVIDER: 'openai',
      CHAT_BASE_URL: upstream.url,
      WHISPER_ENGINE: 'fake',
      SHUTDOWN_GRACE_MS: FOR_EVER_MS,
      ...variables,
    });
  }

  const ask = (path: string, body: object): Promise<Response> =>
    fetch(`${running.url}${path}`, postJson(body));

  async function becomesUnready(): Promise<void> {
    await waitFor(
      async () => (await fetch(`${running.url}/health/ready`)).status === 503,
      'the server to be unready',
    );
  }

  /** Sends the signal again and again, as an impatient person does. */
  async function insist(signal: NodeJS.Signals, pid = running.pid): Promise<void> {
    let hasEnded = false;
    void running.ended.then(() => (hasEnded = true));
    await waitFor(() => {
      if (!hasEnded) process.kill(pid, signal);
      return hasEnded;
    }, 'the process to end');
  }

  async function leavesNothing(children: readonly ProcessEntry[]): Promise<void> {
    await waitFor(() => stillRunning(children).length === 0, 'the children to end');
    expect(readdirSync(folder.path)).toEqual([]);
    await expect(fetch(`${running.url}/health/live`)).rejects.toThrow('fetch failed');
  }

  it('makes the server unready first, and serves until whoever asks for that has noticed', async () => {
    await start({ SHUTDOWN_NOTICE_MS: FOR_EVER_MS, FEATURES: 'tts,chat' });

    process.kill(running.pid, 'SIGTERM');
    await becomesUnready();

    expect((await fetch(`${running.url}/health/live`)).status).toBe(200);
    expect((await ask('/tts', { input: 'hello' })).status).toBe(200);
    await insist('SIGTERM');
  });

  it('refuses new work with a time to ask again, and finishes what is open', async () => {
    await start({ WHISPER_ENGINE: 'sherpa' });
    const answer = await openSse(`${running.url}/chat?text=hi`);
    client = new CaptionClient(running.url);
    await client.start();
    await client.audio(sample('hello-world.wav'));
    const done = client.next('session:done');
    const late = new CaptionClient(running.url);
    const children = processesBelow(running.pid);
    expect(children.length).toBeGreaterThan(0);

    process.kill(running.pid, 'SIGTERM');
    await becomesUnready();

    for (const [path, body] of [
      ['/chat', { messages: [{ role: 'user', content: 'hi' }] }],
      ['/tts', { input: 'hello' }],
      ['/v1/audio/speech', { model: 'tts-1', voice: 'alloy', input: 'hello' }],
      ['/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content: 'hi' }] }],
    ] as const) {
      const refusal = await ask(path, body);
      expect([path, refusal.status, refusal.headers.get('retry-after')]).toEqual([path, 503, '2']);
      expect(await refusal.json()).toMatchObject({ error: { code: 'shutting_down' } });
    }
    expect(await late.start()).toMatchObject({ ok: false, code: 'shutting_down', retryAfterMs: 2_000 });
    late.close();
    expect(await done).toMatchObject({ finals: 1 });
    expect(client.finals).toHaveLength(1);
    const [call] = upstream.exchanges;
    call!.response.end(deltaEvent(' and whole') + ENDING_EVENTS);
    const events = await answer.rest();
    expect(textOf(events)).toBe('Half and whole');
    expect(events.at(-1)?.event).toBe('done');
    expect(await running.ended).toBe(0);
    await leavesNothing(children);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('is cut short by a second %s, and leaves nothing behind either', async (signal, code) => {
    await start({ TTS_FORMAT: 'opus' });
    const answer = await openSse(`${running.url}/chat?text=hi`);
    client = new CaptionClient(running.url);
    await client.start();
    await client.audio(sample('hello-world.wav'));
    const speech = await fetch(`${running.url}/tts?input=${'One more word. '.repeat(100)}`);
    const children = processesBelow(running.pid);

    process.kill(running.pid, signal);
    await becomesUnready();
    await insist(signal);

    expect(await running.ended).toBe(code);
    await expect(answer.rest()).rejects.toThrow('terminated');
    await speech.arrayBuffer().catch(() => undefined);
    await leavesNothing(children);
  });

  it('of a worker on its own is cut short by a second signal too', async () => {
    running = await startWorker({ WHISPER_ENGINE: 'fake', TMPDIR: folder.path });
    const { pid } = running;
    const children = processesBelow(pid);

    await insist('SIGTERM');

    // Without a session the first signal may have ended it already.
    expect([0, 143]).toContain(await running.ended);
    await leavesNothing(children);
  });
});
