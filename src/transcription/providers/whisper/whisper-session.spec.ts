import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { AudioFailedError, WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import type { Hello, WorkerMessage } from '../../../whisper-protocol/messages.js';
import type { TranscriberEvent, TranscriberOptions } from '../../transcriber.js';
import { Probation } from './probation.js';
import { WhisperSession } from './whisper-session.js';
import type {
  WhisperWorkerClient,
  WorkerConnection,
  WorkerConnectionListener,
} from './whisper-worker.client.js';
import type { WorkerLoss, WorkerPool } from './worker-pool.js';

const POOL: WorkerPool = {
  token: 'secret',
  candidates: () => ['ws://worker/ws'],
  dialling: () => () => undefined,
  joined: () => () => undefined,
  full: () => undefined,
  lost: () => undefined,
  onPlace: () => () => undefined,
  health: async () => ({ status: 'ok', provider: 'whisper' }),
  ready: async () => undefined,
};
const LIMITS = { ringMs: 60_000, openMs: 0, failoverMs: 0, maxUtteranceMs: 20_000 };

/** One scripted connection: keeps what was sent, says what the test wants said. */
class ScriptedWorker implements WorkerConnection {
  readonly sent: number[] = [];
  readonly messages: string[] = [];
  isClosed = false;

  constructor(
    readonly hello: Hello,
    readonly listener: WorkerConnectionListener,
    readonly window: number,
  ) {}

  sendPcm(samples: Int16Array): void {
    this.sent.push(...samples);
  }

  send({ type }: { type: string }): void {
    this.messages.push(type);
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: { type: string } & Record<string, unknown>): void {
    this.listener.onMessage({ epoch: this.hello.epoch, ...message } as WorkerMessage);
  }

  final(n: number, commit: number, text = `word ${n}`): void {
    this.say({
      type: 'final',
      n,
      utterance: `u${n}`,
      text,
      start: commit - 10,
      end: commit,
      language: 'en',
      commit,
    });
  }

  lose(how: WorkerLoss = 'lost'): void {
    this.listener.onClose(how);
  }
}

/** Dials scripted workers; a refusal in the script is thrown instead. */
class ScriptedClient {
  readonly workers: ScriptedWorker[] = [];
  refusals: Error[] = [];

  constructor(private readonly window = 1_000_000) {}

  get current(): ScriptedWorker {
    return this.workers.at(-1)!;
  }

  async connect(_url: string, hello: Hello, listener: WorkerConnectionListener): Promise<WorkerConnection> {
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const worker = new ScriptedWorker(hello, listener, this.window);
    this.workers.push(worker);
    return worker;
  }
}

function counting(from: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => from + index);
}

async function readUntil(
  sut: WhisperSession,
  isLast: (event: TranscriberEvent) => boolean,
): Promise<TranscriberEvent[]> {
  const events: TranscriberEvent[] = [];
  for await (const event of sut.events) {
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

const untilDone = (event: TranscriberEvent): boolean => event.type === 'done';
const untilLive = (event: TranscriberEvent): boolean => event.type === 'state' && event.state === 'live';

describe(WhisperSession.name, () => {
  let sut: WhisperSession;

  function open(
    client: ScriptedClient,
    limits: Partial<typeof LIMITS> = {},
    options: TranscriberOptions = { language: 'en' },
    pool: WorkerPool = POOL,
  ): WhisperSession {
    sut = new WhisperSession(
      client as unknown as WhisperWorkerClient,
      pool,
      { tenantId: 'acme', sessionId: 's1', requestId: 'request-1', options },
      { ...LIMITS, ...limits },
    );
    return sut;
  }

  afterEach(() => sut.abort());

  it('says hello with its options, from the first sample', async () => {
    const client = new ScriptedClient();
    await open(client).connect();

    expect(client.current.hello).toMatchObject({
      token: 'secret',
      epoch: 0,
      start: 0,
      options: { language: 'en' },
    });
  });

  it('says every option of its request, and the id of it', async () => {
    const client = new ScriptedClient();
    const options: Required<TranscriberOptions> = {
      language: 'ko',
      task: 'translate',
      interim: true,
      captions: 'fast',
      words: true,
      vad: {
        threshold: 0.7,
        silenceMs: 400,
        maxSilenceMs: 900,
        preRollMs: 0,
        minSpeechMs: 60,
        maxUtteranceMs: 10_000,
      },
    };
    await open(client, {}, options).connect();

    expect(client.current.hello).toMatchObject({ options, requestId: 'request-1' });
  });

  it('tells how late words are though the wall clock is set back meanwhile', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 100));
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    client.current.final(1, 100);
    clock.mockRestore();

    const [final] = await readUntil(sut, ({ type }) => type === 'final');

    expect(final).toMatchObject({ type: 'final', final: { latencyMs: expect.any(Number) } });
    expect(final?.type === 'final' && final.final.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it('sends no more than the window beyond what was acknowledged', async () => {
    const client = new ScriptedClient(8_000);
    await open(client).connect();
    await sut.write(counting(0, 20_000));
    expect(client.current.sent).toHaveLength(8_000);

    client.current.say({ type: 'ack', received: 8_000 });

    expect(client.current.sent).toHaveLength(16_000);
  });

  it('ends after the last sample was sent, and is done when the worker is', async () => {
    const client = new ScriptedClient(8_000);
    await open(client).connect();
    await sut.write(counting(0, 10_000));
    sut.end();
    expect(client.current.messages).toEqual([]);

    client.current.say({ type: 'ack', received: 8_000 });
    expect(client.current.messages).toEqual(['end']);
    client.current.say({ type: 'done', commit: 10_000 });

    expect((await readUntil(sut, untilDone)).at(-1)).toEqual({ type: 'done', samples: 10_000 });
    expect(client.current.isClosed).toBe(true);
  });

  it('gives another worker everything since the commit, under the next epoch', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    client.current.final(1, 400);

    client.current.lose();
    await readUntil(sut, untilLive);

    expect(client.current.hello).toMatchObject({ epoch: 1, start: 400 });
    expect(client.current.sent).toEqual([...counting(400, 600)]);
  });

  it('repeats the end to the worker that takes over', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 100));
    sut.end();

    client.current.lose();
    await readUntil(sut, untilLive);

    expect(client.current.messages).toEqual(['end']);
  });

  it('drops what an earlier worker still says', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    const lost = client.current;
    lost.lose();
    await readUntil(sut, untilLive);

    lost.final(1, 500, 'ghost');
    client.current.final(1, 500, 'word');
    client.current.say({ type: 'done', commit: 1_000 });

    const events = await readUntil(sut, untilDone);
    expect(events.filter(({ type }) => type === 'final')).toMatchObject([{ final: { text: 'word' } }]);
  });

  it('counts a final once, however often it is said', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));

    client.current.final(1, 500);
    client.current.final(1, 500);
    client.current.say({ type: 'done', commit: 1_000 });

    const events = await readUntil(sut, untilDone);
    expect(events.filter(({ type }) => type === 'final')).toHaveLength(1);
  });

  it('holds the writer back while nothing is committed, and lets it go on with a commit', async () => {
    const client = new ScriptedClient();
    await open(client, { ringMs: 100 }).connect();
    let isWritten = false;
    const writing = sut.write(counting(0, 1_600)).then(() => {
      isWritten = true;
    });
    await Promise.resolve();
    expect(isWritten).toBe(false);

    client.current.say({ type: 'commit', commit: 800 });
    await writing;

    expect(isWritten).toBe(true);
  });

  it('refuses at once when all workers are full', async () => {
    const client = new ScriptedClient();
    client.refusals = [new OverloadedError('full')];

    await expect(open(client, { openMs: 60_000 }).connect()).rejects.toThrow(OverloadedError);
  });

  it('tries again while a worker is starting', async () => {
    const client = new ScriptedClient();
    client.refusals = [new WorkerUnavailableError('not yet')];

    await open(client, { openMs: 60_000 }).connect();

    expect(client.workers).toHaveLength(1);
  });

  it('does not wait for its next turn when a worker has come', async () => {
    const client = new ScriptedClient();
    const listeners = new Set<() => void>();
    const pool = {
      ...POOL,
      onPlace: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    open(client, { openMs: 60_000 }, { language: 'en' }, pool);
    client.refusals = Array.from({ length: 30 }, () => new WorkerUnavailableError('not yet'));
    const connecting = sut.connect();
    connecting.catch(() => undefined);
    // So many refusals would be 50 s of waiting.
    for (let turn = 0; turn < 1_000 && client.workers.length === 0; turn += 1) {
      await new Promise(setImmediate);
      for (const listener of listeners) listener();
    }
    expect(client.workers).toHaveLength(1);
    await connecting;
    expect(listeners.size).toBe(0);
  });

  it('fails the session when no worker takes over in time', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    client.refusals = [new WorkerUnavailableError('gone')];

    client.current.lose();

    await expect(readUntil(sut, untilDone)).rejects.toThrow(WorkerUnavailableError);
    await expect(sut.write(counting(0, 1))).rejects.toThrow(WorkerUnavailableError);
  });

  it('passes a pause on', async () => {
    const client = new ScriptedClient();
    await open(client).connect();

    sut.stall();

    expect(client.current.messages).toEqual(['stall']);
  });

  it('passes a pause on behind all audio', async () => {
    const client = new ScriptedClient(8_000);
    await open(client).connect();
    await sut.write(counting(0, 10_000));
    sut.stall();
    expect(client.current.messages).toEqual([]);

    client.current.say({ type: 'ack', received: 8_000 });

    expect(client.current.messages).toEqual(['stall']);
  });

  it('passes every pause on, also when the audio between two of them had to wait', async () => {
    const client = new ScriptedClient(8_000);
    await open(client).connect();
    sut.stall();
    await sut.write(counting(0, 10_000));
    sut.stall();
    client.current.say({ type: 'ack', received: 8_000 });

    expect(client.current.messages).toEqual(['stall', 'stall']);
  });

  it('repeats a pause to the worker that takes over', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 100));
    sut.stall();

    client.current.lose();
    await readUntil(sut, untilLive);

    expect(client.current.messages).toEqual(['stall']);
  });

  it('tells the worker that takes over nothing of a pause that is over', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    sut.stall();
    await sut.write(counting(0, 100));

    client.current.lose();
    await readUntil(sut, untilLive);

    expect(client.current.messages).toEqual([]);
  });

  describe('with a worker that commits nothing for long', () => {
    const LONG_MS = 31_000;

    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it.each([
      ['stays while the open utterance may go on', 10, (): void => undefined, 1],
      ['leaves when there is more than one utterance can hold', 25, (): void => undefined, 2],
      ['leaves when the utterance was to be finished', 10, (): void => sut.stall(), 2],
      ['leaves when the session was to be finished', 10, (): void => sut.end(), 2],
    ])('%s', async (_what, seconds, then, workers) => {
      const client = new ScriptedClient();
      await open(client, { failoverMs: 1_000 }).connect();
      await sut.write(counting(0, seconds * 16_000));
      then();

      await jest.advanceTimersByTimeAsync(LONG_MS);

      expect(client.workers).toHaveLength(workers);
    });

    it('gives a worker time for what it was told to finish late', async () => {
      const client = new ScriptedClient();
      await open(client, { failoverMs: 1_000 }).connect();
      await sut.write(counting(0, 160_000));
      await jest.advanceTimersByTimeAsync(29_000);
      sut.stall();
      await jest.advanceTimersByTimeAsync(2_000);

      expect(client.workers).toHaveLength(1);
    });
  });

  it('passes interims of the current worker on, without its bookkeeping', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    const interim = {
      utterance: 'u1',
      revision: 1,
      text: 'so',
      stable: 0,
      start: 0,
      end: 80,
      language: 'en',
    };

    client.current.say({ type: 'interim', ...interim });

    expect((await readUntil(sut, () => true))[0]).toEqual({ type: 'interim', interim });
  });

  it('holds the worker that takes over to what captions had promised', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    const span = { start: 0, end: 900, language: 'en' };
    client.current.say({
      type: 'interim',
      utterance: 'a',
      revision: 1,
      text: 'so far as',
      stable: 6,
      ...span,
    });
    client.current.say({ type: 'ack', received: 1_000 });
    client.current.lose();
    await readUntil(sut, untilLive);

    client.current.say({
      type: 'final',
      n: 1,
      utterance: 'b',
      text: 'Sew far is good.',
      ...span,
      commit: 900,
    });

    const [final] = await readUntil(sut, ({ type }) => type === 'final');
    expect(final).toMatchObject({ type: 'final', final: { utterance: 'a', text: 'so far is good.' } });
  });

  it('makes a final of what captions had promised when the next worker hears nothing there', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    const span = { start: 0, end: 900, language: 'en' };
    client.current.say({
      type: 'interim',
      utterance: 'a',
      revision: 1,
      text: 'so far as',
      stable: 6,
      ...span,
    });
    client.current.say({ type: 'ack', received: 1_000 });
    client.current.lose();
    await readUntil(sut, untilLive);

    client.current.say({ type: 'commit', commit: 1_000 });

    const events = await readUntil(sut, ({ type }) => type === 'commit');
    expect(events).toMatchObject([
      { type: 'final', final: { utterance: 'a', text: 'so far' } },
      { type: 'commit' },
    ]);
  });

  it('says how far the audio is covered, behind the final that covers it', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));

    client.current.final(1, 400);

    const events = await readUntil(sut, ({ type }) => type === 'commit');
    expect(events.map(({ type }) => type)).toEqual(['final', 'commit']);
    expect(events[1]).toEqual({ type: 'commit', position: 400 });
  });

  it('moves to another worker at the next commit when its worker drains', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    client.current.say({ type: 'drain' });
    expect(client.workers).toHaveLength(1);

    client.current.final(1, 400);
    const states = (await readUntil(sut, untilLive)).filter(({ type }) => type === 'state');

    expect(states).toEqual([
      { type: 'state', state: 'draining' },
      { type: 'state', state: 'live' },
    ]);
    expect(client.workers[0]!.isClosed).toBe(true);
    expect(client.current.hello).toMatchObject({ epoch: 1, start: 400 });
  });

  it('stays with a worker that drains when it has nothing more to say', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    await sut.write(counting(0, 1_000));
    sut.end();
    client.current.say({ type: 'drain' });

    client.current.final(1, 400);
    client.current.say({ type: 'done', commit: 1_000 });
    await readUntil(sut, untilDone);

    expect(client.workers).toHaveLength(1);
  });

  it('tells the next worker which language was found', async () => {
    const client = new ScriptedClient();
    await open(client, {}, { language: 'auto' }).connect();
    await sut.write(counting(0, 1_000));
    client.current.final(1, 400);

    client.current.lose();
    await readUntil(sut, untilLive);

    expect(client.current.hello).toMatchObject({ context: { language: 'en' } });
  });

  it('fails at once when the engine says that this audio breaks it', async () => {
    const client = new ScriptedClient();
    await open(client).connect();

    client.current.say({ type: 'error', code: 'internal', retryable: false });

    await expect(readUntil(sut, untilDone)).rejects.toThrow(AudioFailedError);
    expect(client.workers).toHaveLength(1);
  });

  describe('a session that may be what its workers are lost for', () => {
    it('ends when the second one is lost with audio of it that neither had taken over', async () => {
      const client = new ScriptedClient();
      await open(client).connect();
      await sut.write(counting(0, 1_000));
      client.current.lose();
      await readUntil(sut, untilLive);
      client.current.lose();

      await expect(readUntil(sut, untilDone)).rejects.toThrow(AudioFailedError);
      expect(client.workers).toHaveLength(2);
    });

    it('goes on when the next one has taken its audio over', async () => {
      const client = new ScriptedClient();
      await open(client).connect();
      for (let worker = 1; worker <= 5; worker += 1) {
        await sut.write(counting(0, 1_000));
        client.current.lose();
        await readUntil(sut, untilLive);
        client.current.say({ type: 'ack', received: worker * 1_000 });
      }

      expect(client.workers).toHaveLength(6);
    });

    it('goes on when the workers had nothing of it in their hands', async () => {
      const client = new ScriptedClient();
      await open(client).connect();
      await sut.write(counting(0, 1_000));
      for (let lost = 0; lost < 5; lost += 1) {
        client.current.say({ type: 'ack', received: 1_000 });
        client.current.lose();
        await readUntil(sut, untilLive);
      }

      expect(client.workers).toHaveLength(6);
    });

    it('is sent to the next one alone, so that others there are not blamed with it', async () => {
      const client = new ScriptedClient();
      const probation = new Probation();
      const sessions = ['a', 'b'].map(
        (sessionId) =>
          new WhisperSession(
            client as unknown as WhisperWorkerClient,
            POOL,
            { tenantId: 'acme', sessionId, options: {} },
            LIMITS,
            probation,
          ),
      );
      for (const session of sessions) {
        await session.connect();
        await session.write(counting(0, 1_000));
      }
      for (const worker of client.workers.slice()) worker.lose();
      for (const session of sessions) await readUntil(session, untilLive);
      const [first, second] = client.workers.slice(2);
      expect([first!.sent.length, second!.sent.length]).toEqual([1_000, 0]);

      first!.lose();
      second!.lose();

      await expect(readUntil(sessions[0]!, untilDone)).rejects.toThrow(AudioFailedError);
      await readUntil(sessions[1]!, untilLive);
      expect(client.current.sent).toHaveLength(1_000);
      sessions[1]!.abort();
    });

    it('ends when a second worker says that it failed on it', async () => {
      const client = new ScriptedClient();
      await open(client).connect();
      await sut.write(counting(0, 1_000));
      for (let worker = 0; worker < 2; worker += 1) {
        client.current.say({ type: 'ack', received: 1_000 });
        client.current.say({ type: 'error', code: 'internal', retryable: true });
        client.current.lose('failed');
        if (worker === 0) await readUntil(sut, untilLive);
      }

      await expect(readUntil(sut, untilDone)).rejects.toThrow(AudioFailedError);
      expect(client.workers).toHaveLength(2);
    });

    it('looks on for a worker whose provider fails, which is not its doing', async () => {
      const client = new ScriptedClient();
      await open(client).connect();
      await sut.write(counting(0, 1_000));
      for (let worker = 0; worker < 3; worker += 1) {
        client.current.say({ type: 'error', code: 'provider_failed', retryable: true });
        client.current.lose('failed');
        await readUntil(sut, untilLive);
      }

      expect(client.workers).toHaveLength(4);
    });
  });

  it('gives up when one worker after the other is lost without a word in between', async () => {
    const client = new ScriptedClient();
    await open(client).connect();
    const reading = readUntil(sut, untilDone);
    const losing = (async () => {
      for (let lost = 0; lost <= 10; lost += 1) {
        client.current.lose();
        await new Promise(setImmediate);
      }
    })();

    await expect(reading).rejects.toThrow(WorkerUnavailableError);
    await losing;
    expect(client.workers).toHaveLength(11);
  });
});
