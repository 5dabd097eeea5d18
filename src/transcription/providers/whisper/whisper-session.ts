import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToSamples } from '../../../common/audio/pcm.js';
import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { BoundedQueue } from '../../../common/streams/bounded-queue.js';
import { LinkedAbort } from '../../../common/streams/linked-abort.js';
import {
  PROTOCOL_VERSION,
  type FinalMessage,
  type WorkerMessage,
} from '../../../whisper-protocol/messages.js';
import type { TranscriberEvent, TranscriberRequest, TranscriberSession } from '../../transcriber.js';
import type { FinalText } from '../../transcript-store.js';
import { ArrivalTimes } from './arrival-times.js';
import { CaptionPromise } from './caption-promise.js';
import { dialWorker, hangUp, type DialledWorker } from './dial-worker.js';
import { PcmRing } from './pcm-ring.js';
import { Probation, type EndOfTrial } from './probation.js';
import { ProgressWatch } from './progress-watch.js';
import type { WhisperWorkerClient } from './whisper-worker.client.js';
import type { WhisperSessionLimits } from './whisper-session-limits.js';
import { WorkerFeed } from './worker-feed.js';
import type { WorkerLoss, WorkerPool } from './worker-pool.js';
import { errorOf, WorkerToll } from './worker-toll.js';

const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2_000;
/** Losing one worker after the other without a word in between is not the workers' fault any more. */
const MAX_FRUITLESS_FAILOVERS = 10;
/** Far more than the finals of one ring of audio; reached only when nobody reads. */
const EVENT_LIMIT = 10_000;

/**
 * One session at the Whisper workers. The audio since the last commit is kept in a ring; when a worker is lost, the next one
 * starts at the commit with the next epoch and is sent the ring again. A final counts only if it comes from the current
 * connection and moves the commit: audio goes at least once, text comes exactly once.
 */
export class WhisperSession implements TranscriberSession {
  private readonly logger = new Logger(WhisperSession.name);
  private readonly _events = new BoundedQueue<TranscriberEvent>(EVENT_LIMIT);
  private readonly ring = new PcmRing();
  private readonly abandoned = new AbortController();
  private readonly arrivals = new ArrivalTimes();
  private worker: DialledWorker | undefined;
  private feed: WorkerFeed | undefined;
  private language: string | undefined;
  private readonly captions = new CaptionPromise();
  private readonly toll: WorkerToll;
  private readonly progress: ProgressWatch;
  private fruitlessFailovers = 0;
  private isDraining = false;
  private epoch = -1;
  private isStalled = false;
  private hasEnded = false;
  private isOver = false;
  private failure: unknown;
  private roomWaiters: (() => void)[] = [];

  constructor(
    private readonly client: WhisperWorkerClient,
    private readonly pool: WorkerPool,
    private readonly request: TranscriberRequest,
    private readonly limits: WhisperSessionLimits,
    probation = new Probation(),
  ) {
    this.toll = new WorkerToll(probation);
    this.progress = new ProgressWatch({
      longestMs: Math.max(limits.maxUtteranceMs, request.options.vad?.maxUtteranceMs ?? 0),
      ringMs: limits.ringMs,
      waiting: () => this.ring.lengthSamples,
      isToFinish: () => this.isStalled || this.hasEnded,
      onStuck: () => void this.failOver('lost'),
    });
  }

  get events(): AsyncIterable<TranscriberEvent> {
    return this._events;
  }

  /** Finds a worker: the first one when the session opens, another one when it was lost. */
  async connect(): Promise<void> {
    const isStarting = this.epoch < 0;
    let deadline = performance.now() + (isStarting ? this.limits.openMs : this.limits.failoverMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.dial();
        return;
      } catch (error) {
        const delayMs = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MOST_MS);
        const isPatient = this.request.isPatient && !isStarting && !this.hasEnded;
        if (isPatient) deadline = performance.now() + this.limits.failoverMs;
        const isLate = !isPatient && performance.now() + delayMs > deadline;
        const isFinal = error instanceof InvalidInputError || this.isOver || isLate;
        // A full pool is said at once to a client that only starts; a running session waits for a place.
        if (isFinal || (isStarting && !(error instanceof WorkerUnavailableError))) throw error;
        await this.nextTry(delayMs, error instanceof WorkerUnavailableError);
      }
    }
  }

  async write(samples: Int16Array): Promise<void> {
    this.assertAlive();
    this.isStalled = false;
    this.ring.append(samples);
    this.arrivals.arrived(this.ring.end, performance.now());
    this.pump();
    while (this.ring.lengthSamples >= msToSamples(this.limits.ringMs) && !this.isOver) {
      await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
    }
    this.assertAlive();
  }

  stall(): void {
    this.isStalled = true;
    this.pump();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.pump();
  }

  abort(): void {
    this.finish(undefined);
  }

  private async dial(): Promise<void> {
    const { sessionId, options } = this.request;
    const epoch = this.epoch + 1;
    const start = this.ring.start;
    const context = options.language === 'auto' && this.language ? { language: this.language } : undefined;
    const worker = await dialWorker(
      this.pool,
      this.client,
      { type: 'hello', v: PROTOCOL_VERSION, sessionId, epoch, start, options, ...(context && { context }) },
      { onMessage: (message) => this.take(message), onClose: (how) => void this.failOver(how) },
    );
    if (this.isOver) return hangUp(worker);
    this.epoch = epoch;
    this.worker = worker;
    this.isDraining = false;
    this.toll.send(worker.address, () => this.begin(worker));
  }

  private begin({ connection }: DialledWorker): void {
    this.feed = new WorkerFeed(connection, this.ring);
    this.progress.restart();
    this.pump();
  }

  /** After the delay, or as soon as there is a worker where there was none. */
  private async nextTry(delayMs: number, isWorkerAwaited: boolean): Promise<void> {
    const waiting = new LinkedAbort(this.abandoned.signal);
    const stop = isWorkerAwaited ? this.pool.onPlace(() => waiting.abort()) : undefined;
    try {
      await sleep(delayMs, undefined, { signal: waiting.signal });
    } catch (error) {
      if (this.abandoned.signal.aborted) throw error;
    } finally {
      stop?.();
      waiting.unlink();
    }
  }

  private pump(): void {
    const standstill = this.hasEnded ? 'end' : this.isStalled ? 'stall' : undefined;
    if (this.feed?.pump(standstill)) this.progress.restart();
  }

  private take(message: WorkerMessage): void {
    if (message.epoch !== this.epoch) return;
    switch (message.type) {
      case 'ack':
        this.feed?.acknowledge(message.received);
        this.toll.received(message.received);
        return this.pump();
      case 'speech':
        this._events.push({ type: 'speech', state: message.state, at: message.at });
        return;
      case 'interim': {
        const { type: _type, epoch: _epoch, ...interim } = message;
        this._events.push({ type: 'interim', interim: this.captions.interim(interim) });
        return;
      }
      case 'final':
        return this.takeFinal(message);
      case 'drain':
        this.isDraining = true;
        this._events.push({ type: 'state', state: 'draining' });
        return;
      case 'commit':
        return this.commit(message.commit);
      case 'done':
        this.commit(message.commit);
        return this.finish({ type: 'done', samples: this.ring.end });
      case 'error':
        this.logger.warn(
          { sessionId: this.request.sessionId, code: message.code },
          'Whisper worker reported an error',
        );
        if (message.code === 'internal') this.toll.failed(this.ring.end);
        // Another worker would fail on the same audio.
        if (!message.retryable || this.toll.isTooHigh) this.fail(errorOf(message.code));
        return;
      default:
    }
  }

  private takeFinal({ type: _type, epoch: _epoch, n: _n, commit, ...final }: FinalMessage): void {
    if (commit <= this.ring.start) return;
    this.language = final.language;
    const cameAt = this.arrivals.of(final.end);
    const latency = cameAt === undefined ? {} : { latencyMs: Math.round(performance.now() - cameAt) };
    if (final.text === '') this.commit(commit);
    else if (this.tell({ ...this.captions.final(final), ...latency })) this.commit(commit);
  }

  private tell(final: FinalText): boolean {
    const isTold = this._events.push({ type: 'final', final });
    if (!isTold) this.fail(new Error('Nobody reads the finals of a session'));
    return isTold;
  }

  private commit(position: number): void {
    if (position <= this.ring.start) return;
    const promised = this.captions.commit(position);
    if (promised && !this.tell(promised)) return;
    this.ring.commit(position);
    this.toll.committed(position);
    this.arrivals.forget(position);
    this._events.push({ type: 'commit', position });
    this.fruitlessFailovers = 0;
    this.progress.restart();
    this.releaseWriters();
    // Between utterances is where a session moves for nothing. One that only waits for its end stays.
    if (this.isDraining && !this.feed?.hasSaidEnd) void this.failOver('restarting');
  }

  private async failOver(how: WorkerLoss): Promise<void> {
    if (this.worker) this.pool.lost(this.worker.address, how);
    if (this.feed && how === 'lost') this.toll.lost(this.feed.received, this.feed.sent);
    this.hangUp('lost');
    if (this.isOver) return;
    this.logger.warn(
      { sessionId: this.request.sessionId, epoch: this.epoch, how },
      'Session leaves its Whisper worker',
    );
    if (how !== 'restarting') this._events.push({ type: 'state', state: 'failover' });
    try {
      if (this.toll.isTooHigh) throw errorOf('internal');
      if (how !== 'restarting') this.fruitlessFailovers += 1;
      if (this.fruitlessFailovers > MAX_FRUITLESS_FAILOVERS)
        throw new WorkerUnavailableError('One Whisper worker after the other was lost.');
      await this.connect();
      this._events.push({ type: 'state', state: 'live' });
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.failure = error;
    this._events.fail(error);
    this.finish(undefined);
  }

  private finish(last: TranscriberEvent | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    if (last) this._events.push(last);
    this._events.end();
    this.abandoned.abort();
    this.hangUp();
    this.releaseWriters();
  }

  private hangUp(end: EndOfTrial = 'cleared'): void {
    this.progress.stop();
    this.toll.left(end);
    if (this.worker) hangUp(this.worker);
    this.worker = undefined;
    this.feed = undefined;
  }

  private releaseWriters(): void {
    const waiters = this.roomWaiters;
    this.roomWaiters = [];
    for (const resolve of waiters) resolve();
  }

  private assertAlive(): void {
    if (!this.isOver) return;
    throw this.failure ?? new WorkerUnavailableError('The session has ended.');
  }
}
