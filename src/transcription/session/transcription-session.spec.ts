import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { budgetsFor } from '../../../test/support/budgets.js';
import { LOCAL_CALLER } from '../../auth/caller.js';
import { AudioSpend } from './audio-spend.js';
import { createAudioDecoder } from '../../audio/create-audio-decoder.js';
import { toSocketErrorBody } from '../../common/errors/error-body.js';
import { BoundedQueue } from '../../common/streams/bounded-queue.js';
import { MemoryTranscriptStore } from '../providers/memory/memory-transcript-store.js';
import type { SessionListener } from './session-listener.js';
import type { TranscriberEvent, TranscriberSession } from '../transcriber.js';
import type { TranscriptStore } from '../transcript-store.js';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import { ProviderMetrics } from '../../metrics/provider-metrics.js';
import { SessionMetrics } from './session-metrics.js';
import { SessionTrace } from './session-trace.js';
import { TranscriptionSession } from './transcription-session.js';

const registry = new MetricsRegistry();
const metrics = new SessionMetrics(registry, new ProviderMetrics(registry));
const OWNER = { tenantId: 'acme', sessionId: 's1' };
const LIMITS = {
  chunkBytes: 1_000_000,
  inboxBytes: 1_000_000,
  stallMs: 60_000,
  idleMs: 60_000,
  resumeMs: 60_000,
  maxSessionMs: 60_000,
};

/** One final for each block of audio. */
class Echo implements TranscriberSession {
  private readonly _events = new BoundedQueue<TranscriberEvent>(1_000);
  private samples = 0;
  isAborted = false;

  get events(): AsyncIterable<TranscriberEvent> {
    return this._events;
  }

  async write(samples: Int16Array): Promise<void> {
    if (this.isAborted) throw new Error('aborted');
    const start = this.samples;
    this.samples += samples.length;
    const final = { utterance: `u${start}`, text: 'word', start, end: this.samples, language: 'en' };
    this._events.push({ type: 'final', final });
    this._events.push({ type: 'commit', position: this.samples });
  }

  stall(): void {}

  end(): void {
    this._events.push({ type: 'done', samples: this.samples });
    this._events.end();
  }

  abort(): void {
    this.isAborted = true;
    this._events.end();
  }
}

class Listener implements SessionListener {
  readonly told: string[] = [];
  readonly hasRoom = true;

  speech(): void {}
  interim(): void {}
  queued(): void {}
  flow(): void {}
  state(): void {}

  final(): void {
    this.told.push('final');
  }

  superseded(): void {
    this.told.push('superseded');
  }

  failed(error: unknown): void {
    this.told.push(toSocketErrorBody(error).code);
  }

  done(): void {
    this.told.push('done');
  }

  async room(): Promise<number> {
    return 10;
  }

  async isThere(): Promise<boolean> {
    return true;
  }
}

/** A store one of whose calls fails from some time on, as one does whose disk is full or whose server is gone. */
function failing(calls: { name?: keyof TranscriptStore }): TranscriptStore {
  const store = new MemoryTranscriptStore({ keepMs: 60_000, maxKept: 10 });
  return new Proxy<TranscriptStore>(store, {
    get(target, name: keyof TranscriptStore) {
      if (name === calls.name) return async () => Promise.reject(new Error('the store is gone'));
      return target[name].bind(target);
    },
  });
}

describe(`${TranscriptionSession.name} and a store that fails`, () => {
  const calls: { name?: keyof TranscriptStore } = {};
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  let transcriber: Echo;
  let listener: Listener;
  let sut: TranscriptionSession;
  let running: Promise<void>;

  beforeEach(() => {
    delete calls.name;
    unhandled.length = 0;
    process.on('unhandledRejection', note);
    transcriber = new Echo();
    listener = new Listener();
    const decoder = createAudioDecoder({ codec: 's16le', sampleRate: 16_000 });
    const spend = new AudioSpend(budgetsFor(), LOCAL_CALLER, 'whisper');
    const parts = {
      owner: OWNER,
      decoder,
      spend,
      store: failing(calls),
      limits: LIMITS,
      isResumable: true,
      metrics,
      trace: new SessionTrace(OWNER.sessionId),
    };
    sut = new TranscriptionSession(parts, listener);
  });

  afterEach(async () => {
    sut.end();
    await running;
    // A rejection that nobody handles is told behind the turn in which it happened.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  function run(): void {
    running = sut.run(Promise.resolve(transcriber));
  }

  it.each<keyof TranscriptStore>(['create', 'append'])(
    'ends with an error and gives its worker up when %s is refused',
    async (name) => {
      calls.name = name;
      run();
      sut.push(new Uint8Array(3_200), 1);
      await running;

      expect(listener.told).toEqual(['internal']);
      expect(transcriber.isAborted).toBe(true);
      expect(sut.isOver).toBe(true);
    },
  );

  it.each<keyof TranscriptStore>(['finish', 'remove'])(
    'tells that it failed when its transcript cannot be closed by %s',
    async (name) => {
      calls.name = name;
      run();
      if (name === 'finish') sut.push(new Uint8Array(3_200), 1);
      sut.end();
      await running;

      expect(listener.told).toEqual(name === 'finish' ? ['final', 'internal'] : ['internal']);
      expect(sut.isOver).toBe(true);
    },
  );

  it('tells whoever comes back that what was missed cannot be read, and ends', async () => {
    run();
    sut.push(new Uint8Array(3_200), 1);
    calls.name = 'readFinals';
    const second = new Listener();
    void sut.resume(second, 0);
    await running;

    expect(second.told).toEqual(['internal']);
    expect(transcriber.isAborted).toBe(true);
  });

  it('tells whoever comes back too late only that, when what was missed cannot be read', async () => {
    run();
    sut.push(new Uint8Array(3_200), 1);
    sut.end();
    await running;
    calls.name = 'readFinals';
    const second = new Listener();
    void sut.resume(second, 0);
    await new Promise((resolve) => setImmediate(resolve));

    expect(second.told).toEqual(['internal']);
  });

  it('ends also when it never found a worker and its failure cannot be stored', async () => {
    calls.name = 'create';
    sut.queued({ position: 1, etaMs: 1 });
    sut.push(new Uint8Array(3_200), 1);
    running = sut.run(Promise.reject(new Error('nobody is there')));
    await running;

    expect(listener.told).toEqual(['internal']);
  });

  it('keeps nothing of a session that heard nothing', async () => {
    sut.end();
    const store = failing(calls);
    const decoder = createAudioDecoder({ codec: 'auto' });
    const spend = new AudioSpend(budgetsFor(), LOCAL_CALLER, 'whisper');
    const trace = new SessionTrace(OWNER.sessionId);
    const parts = { owner: OWNER, decoder, spend, store, limits: LIMITS, isResumable: true, metrics, trace };
    sut = new TranscriptionSession(parts, listener);
    run();
    sut.push(Buffer.alloc(100, 0x55), 1);
    await running;

    expect(listener.told).toEqual(['unsupported_audio', 'done']);
    expect(await store.read(OWNER)).toBeUndefined();
  });
});
