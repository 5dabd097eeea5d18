import { Logger } from '@nestjs/common';
import { msToSamples } from '../../../common/audio/pcm.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { BoundedQueue } from '../../../common/streams/bounded-queue.js';
import type { FinalMessage, WorkerMessage } from '../../../whisper-protocol/messages.js';
import type { TranscriberEvent, TranscriberRequest, TranscriberSession } from '../../transcriber.js';
import type { FinalText } from '../../transcript-store.js';
import { ArrivalTimes } from './arrival-times.js';
import { AudioSender, type Standstill } from './audio-sender.js';
import { CaptionPromise } from './caption-promise.js';
import { dialWorker, hangUp, type DialledWorker } from './dial-worker.js';
import { PcmRing } from './pcm-ring.js';
import { Probation, type EndOfTrial } from './probation.js';
import { ProgressWatch } from './progress-watch.js';
import { searchWorker } from './search-worker.js';
import type { WhisperWorkerClient } from './whisper-worker.client.js';
import type { WhisperSessionLimits } from './whisper-session-limits.js';
import type { WorkerLoss, WorkerPool } from './worker-pool.js';
import { errorOf, WorkerToll } from './worker-toll.js';

/** Failovers without a commit in between. With more of them, the session is at fault and not its workers. */
const MAX_FRUITLESS_FAILOVERS = 10;
/** Far more than the finals of one ring of audio; reached only when nobody reads. */
const EVENT_LIMIT = 10_000;
/** A session in the background may wait so long for a lane: somebody speaks meanwhile. A worker that is lost shows by its pings. */
const BACKGROUND_WAIT_MS = 600_000;

interface AtWorker {
  /** `draining`: the worker will stop; the session leaves it at the next commit. */
  name: 'live' | 'draining';
  epoch: number;
  worker: DialledWorker;
  /** Undefined while another session is on trial at this worker, see `Probation`. */
  sender?: AudioSender;
}

/** See "States of a worker session" in docs/architecture.md. Every transition goes through `enter`. */
type State =
  /** Looks for its first worker. */
  | { name: 'opening' }
  | AtWorker
  /** Has left or lost its worker and looks for another one. */
  | { name: 'switching' }
  /** @param failure why, when it did not end with `done` or `abort` */
  | { name: 'over'; failure?: unknown };

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
  private readonly captions = new CaptionPromise();
  private readonly toll: WorkerToll;
  private readonly progress: ProgressWatch;
  private state: State = { name: 'opening' };
  private nextEpoch = 0;
  /** Whether the client has paused or ended its audio. */
  private standstill: Standstill | undefined;
  private language: string | undefined;
  private fruitlessFailovers = 0;
  private readonly roomWaiters: (() => void)[] = [];

  constructor(
    private readonly client: WhisperWorkerClient,
    private readonly pool: WorkerPool,
    private readonly request: TranscriberRequest,
    private readonly limits: WhisperSessionLimits,
    probation = new Probation(),
  ) {
    this.toll = new WorkerToll(probation);
    this.progress = new ProgressWatch({
      longestMs: Math.max(
        limits.maxUtteranceMs,
        request.options.vad?.maxUtteranceMs ?? 0,
        request.priority === 'background' ? BACKGROUND_WAIT_MS : 0,
      ),
      ringMs: limits.ringMs,
      waiting: () => this.ring.lengthSamples,
      isToFinish: () => this.standstill !== undefined,
      onStuck: () => void this.leaveWorker('lost'),
    });
  }

  get events(): AsyncIterable<TranscriberEvent> {
    return this._events;
  }

  /** Finds a worker: the first one when the session opens, another one when it was lost. */
  async connect(): Promise<void> {
    const isNew = this.state.name === 'opening';
    await searchWorker({
      pool: this.pool,
      dial: () => this.dial(),
      isNew,
      limitMs: isNew ? this.limits.openMs : this.limits.failoverMs,
      isPatient: () => this.request.isPatient === true && !isNew && this.standstill !== 'end',
      signal: this.abandoned.signal,
    });
  }

  async write(samples: Int16Array): Promise<void> {
    this.assertAlive();
    if (this.standstill === 'stall') this.standstill = undefined;
    this.ring.append(samples);
    this.arrivals.arrived(this.ring.end, performance.now());
    this.pump();
    while (this.ring.lengthSamples >= msToSamples(this.limits.ringMs) && !this.isOver) {
      await new Promise<void>((resolve) => this.roomWaiters.push(resolve));
    }
    this.assertAlive();
  }

  stall(): void {
    this.standstill ??= 'stall';
    this.pump();
  }

  end(): void {
    this.standstill = 'end';
    this.pump();
  }

  abort(): void {
    this.finish({});
  }

  private get isOver(): boolean {
    return this.state.name === 'over';
  }

  private get atWorker(): AtWorker | undefined {
    return this.state.name === 'live' || this.state.name === 'draining' ? this.state : undefined;
  }

  private enter(next: State, end: EndOfTrial = 'cleared'): void {
    const left = this.atWorker;
    this.state = next;
    if (left && !this.atWorker) {
      this.progress.stop();
      this.toll.left(end);
      hangUp(left.worker);
    }
    if (next.name !== 'over') return;
    this.abandoned.abort();
    this.releaseWriters();
  }

  private async dial(): Promise<void> {
    const { sessionId, requestId, options, priority = 'live', traceparent } = this.request;
    const { nextEpoch: epoch, language } = this;
    const { start } = this.ring;
    const request = { sessionId, requestId, traceparent, options, priority, epoch, start, language };
    const worker = await dialWorker(this.pool, this.client, request, {
      onMessage: (message) => this.onMessage(message),
      onClose: (how) => void this.leaveWorker(how),
    });
    if (this.isOver) return hangUp(worker);
    this.nextEpoch += 1;
    this.enter({ name: 'live', epoch, worker });
    this.toll.send(worker.address, () => this.beginSending(worker));
  }

  private beginSending({ connection }: DialledWorker): void {
    const at = this.atWorker;
    if (!at) return;
    this.enter({ ...at, sender: new AudioSender(connection, this.ring) });
    this.progress.restart();
    this.pump();
  }

  private pump(): void {
    if (this.atWorker?.sender?.pump(this.standstill)) this.progress.restart();
  }

  private onMessage(message: WorkerMessage): void {
    const at = this.atWorker;
    if (!at || message.epoch !== at.epoch) return;
    switch (message.type) {
      case 'ack':
        at.sender?.acknowledge(message.received);
        this.toll.received(message.received);
        return this.pump();
      case 'speech':
        return this.emit({ type: 'speech', state: message.state, at: message.at });
      case 'interim': {
        const { type: _type, epoch: _epoch, ...interim } = message;
        return this.emit({ type: 'interim', interim: this.captions.interim(interim) });
      }
      case 'final':
        return this.onFinal(message);
      case 'drain':
        this.enter({ ...at, name: 'draining' });
        return this.emit({ type: 'state', state: 'draining' });
      case 'commit':
        return this.commit(message.commit);
      case 'done':
        this.commit(message.commit);
        return this.finish({ last: { type: 'done', samples: this.ring.end } });
      case 'error': {
        const { code, retryable } = message;
        this.logger.warn({ sessionId: this.request.sessionId, code }, 'Whisper worker reported an error');
        if (code === 'internal') this.toll.failed(this.ring.end);
        // Another worker would fail on the same audio.
        if (!retryable || this.toll.isTooHigh) this.fail(errorOf(code));
        return;
      }
      default:
    }
  }

  private onFinal({ type: _type, epoch: _epoch, n: _n, commit, ...final }: FinalMessage): void {
    if (commit <= this.ring.start) return;
    this.language = final.language;
    const cameAt = this.arrivals.of(final.end);
    const latency = cameAt === undefined ? {} : { latencyMs: Math.round(performance.now() - cameAt) };
    if (final.text !== '' && !this.emitFinal({ ...this.captions.final(final), ...latency })) return;
    this.commit(commit);
  }

  private commit(position: number): void {
    if (position <= this.ring.start) return;
    const promised = this.captions.commit(position);
    if (promised && !this.emitFinal(promised)) return;
    this.ring.commit(position);
    this.toll.committed(position);
    this.arrivals.forget(position);
    this.emit({ type: 'commit', position });
    this.fruitlessFailovers = 0;
    this.progress.restart();
    this.releaseWriters();
    // Between utterances a session moves without sending audio again. One that only waits for `done` stays.
    const at = this.atWorker;
    if (at?.name === 'draining' && !at.sender?.hasSentEnd) void this.leaveWorker('restarting');
  }

  private emit(event: TranscriberEvent): void {
    this._events.push(event);
  }

  /** A final must not be dropped: without a reader the session fails. */
  private emitFinal(final: FinalText): boolean {
    const isQueued = this._events.push({ type: 'final', final });
    if (!isQueued) this.fail(new Error('Nobody reads the finals of a session'));
    return isQueued;
  }

  private async leaveWorker(how: WorkerLoss): Promise<void> {
    const at = this.atWorker;
    if (!at) return;
    this.pool.lost(at.worker.address, how);
    if (at.sender && how === 'lost') this.toll.lost(at.sender.received, at.sender.sent);
    this.enter({ name: 'switching' }, 'lost');
    const { sessionId } = this.request;
    this.logger.warn({ sessionId, epoch: at.epoch, how }, 'Session leaves its Whisper worker');
    if (how !== 'restarting') this.emit({ type: 'state', state: 'failover' });
    try {
      if (this.toll.isTooHigh) throw errorOf('internal');
      if (how !== 'restarting') this.fruitlessFailovers += 1;
      if (this.fruitlessFailovers > MAX_FRUITLESS_FAILOVERS)
        throw new WorkerUnavailableError('One Whisper worker after the other was lost.');
      await this.connect();
      this.emit({ type: 'state', state: 'live' });
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(failure: unknown): void {
    this._events.fail(failure);
    this.finish({ failure });
  }

  private finish({ last, failure }: { last?: TranscriberEvent; failure?: unknown }): void {
    if (this.isOver) return;
    if (last) this._events.push(last);
    this._events.end();
    this.enter({ name: 'over', failure });
  }

  private releaseWriters(): void {
    for (const resolve of this.roomWaiters.splice(0)) resolve();
  }

  private assertAlive(): void {
    if (this.state.name !== 'over') return;
    throw this.state.failure ?? new WorkerUnavailableError('The session has ended.');
  }
}
