import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToSamples } from '../../../common/audio/pcm.js';
import { InvalidInputError } from '../../../common/errors/caller-errors.js';
import { WorkerUnavailableError } from '../../../common/errors/provider-errors.js';
import { BoundedQueue } from '../../../common/streams/bounded-queue.js';
import {
  PROTOCOL_VERSION,
  type FinalMessage,
  type WorkerMessage,
} from '../../../whisper-protocol/messages.js';
import type { TranscriberEvent, TranscriberRequest, TranscriberSession } from '../../transcriber.js';
import { PcmRing } from './pcm-ring.js';
import type { WhisperWorkerClient, WorkerConnection } from './whisper-worker.client.js';
import type { WorkerPool } from './worker-pool.js';

export interface WhisperSessionLimits {
  /** Audio kept for another worker, and so the most that may be uncommitted. */
  ringMs: number;
  /** How long a new session looks for a worker. */
  openMs: number;
  /** How long a running session looks for another worker. */
  failoverMs: number;
  /** Longest utterance of the workers: a worker that commits nothing for longer, and audio waiting, is stuck. */
  maxUtteranceMs: number;
}

const FRAME_SAMPLES = 8_000;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2_000;
const STUCK_MARGIN_MS = 10_000;
/** What a worker may leave uncommitted while nothing is said: the pre-roll of possible speech. */
const PAUSED_SAMPLES = msToSamples(2_500);
/** Far more than the finals of one ring of audio; reached only when nobody reads. */
const EVENT_LIMIT = 10_000;

/**
 * One session at the Whisper workers. The audio since the last commit is kept in a ring; when a worker is lost, the next one
 * starts at the commit with the next epoch and is sent the ring again. A final counts only if it comes from the current
 * connection and moves the commit: audio goes at least once, text comes exactly once.
 */
export class WhisperSession implements TranscriberSession {
  private readonly logger = new Logger(WhisperSession.name);
  readonly #events = new BoundedQueue<TranscriberEvent>(EVENT_LIMIT);
  readonly #ring = new PcmRing();
  readonly #abandoned = new AbortController();
  #connection: WorkerConnection | undefined;
  #epoch = -1;
  #saidEndAt = -1;
  #sent = 0;
  #received = 0;
  #hasEnded = false;
  #isOver = false;
  #failure: unknown;
  #roomWaiters: (() => void)[] = [];
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: WhisperWorkerClient,
    private readonly pool: WorkerPool,
    private readonly request: TranscriberRequest,
    private readonly limits: WhisperSessionLimits,
  ) {}

  get events(): AsyncIterable<TranscriberEvent> {
    return this.#events;
  }

  /** Finds a worker: the first one when the session opens, another one when it was lost. */
  async connect(): Promise<void> {
    const isStarting = this.#epoch < 0;
    const deadline = Date.now() + (isStarting ? this.limits.openMs : this.limits.failoverMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#dial();
        return;
      } catch (error) {
        const delayMs = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MOST_MS);
        const isFinal = error instanceof InvalidInputError || this.#isOver || Date.now() + delayMs > deadline;
        // A full pool is said at once to a client that only starts; a running session waits for a place.
        if (isFinal || (isStarting && !(error instanceof WorkerUnavailableError))) throw error;
        await sleep(delayMs, undefined, { signal: this.#abandoned.signal });
      }
    }
  }

  async write(samples: Int16Array): Promise<void> {
    this.#assertAlive();
    this.#ring.append(samples);
    this.#pump();
    while (this.#ring.lengthSamples >= msToSamples(this.limits.ringMs) && !this.#isOver) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    this.#assertAlive();
  }

  stall(): void {
    this.#connection?.send({ type: 'stall' });
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#pump();
  }

  abort(): void {
    this.#finish(undefined);
  }

  async #dial(): Promise<void> {
    const epoch = this.#epoch + 1;
    const start = this.#ring.start;
    const connection = await this.client.connect(
      this.pool.address(),
      {
        type: 'hello',
        v: PROTOCOL_VERSION,
        token: this.pool.token,
        sessionId: this.request.sessionId,
        epoch,
        start,
        options: this.request.options,
      },
      { onMessage: (message) => this.#take(message), onClose: () => void this.#failOver() },
    );
    if (this.#isOver) return connection.close();
    this.#epoch = epoch;
    this.#connection = connection;
    this.#sent = start;
    this.#received = start;
    this.#watchForProgress();
    this.#pump();
  }

  /** Sends as much of the ring as the worker's window allows, and the end once everything is sent. */
  #pump(): void {
    const connection = this.#connection;
    if (!connection) return;
    while (this.#sent < this.#ring.end && this.#sent - this.#received < connection.window) {
      const frame = this.#ring.read(this.#sent, FRAME_SAMPLES);
      connection.sendPcm(frame);
      this.#sent += frame.length;
    }
    if (this.#hasEnded && this.#sent === this.#ring.end) this.#sayEnd(connection);
  }

  #sayEnd(connection: WorkerConnection): void {
    if (this.#saidEndAt === this.#epoch) return;
    this.#saidEndAt = this.#epoch;
    connection.send({ type: 'end' });
  }

  #take(message: WorkerMessage): void {
    if (message.epoch !== this.#epoch) return;
    switch (message.type) {
      case 'ack':
        this.#received = Math.max(this.#received, message.received);
        return this.#pump();
      case 'speech':
        this.#events.push({ type: 'speech', state: message.state, at: message.at });
        return;
      case 'final':
        return this.#takeFinal(message);
      case 'commit':
        return this.#commit(message.commit);
      case 'done':
        this.#commit(message.commit);
        return this.#finish({ type: 'done', samples: this.#ring.end });
      case 'error':
        this.logger.warn(
          { sessionId: this.request.sessionId, code: message.code },
          'Whisper worker reported an error',
        );
        return;
      default:
    }
  }

  #takeFinal({ utterance, text, start, end, language, commit }: FinalMessage): void {
    if (commit <= this.#ring.start) return;
    if (text !== '') this.#events.push({ type: 'final', utterance, text, start, end, language });
    this.#commit(commit);
  }

  #commit(position: number): void {
    if (position <= this.#ring.start) return;
    this.#ring.commit(position);
    this.#watchForProgress();
    this.#releaseWriters();
  }

  /** A worker that has audio but commits nothing for longer than any utterance lasts is stuck. */
  #watchForProgress(): void {
    clearTimeout(this.#stuckTimer);
    this.#stuckTimer = setTimeout(() => {
      if (this.#ring.lengthSamples > PAUSED_SAMPLES) void this.#failOver();
      else this.#watchForProgress();
    }, this.limits.maxUtteranceMs + STUCK_MARGIN_MS);
  }

  async #failOver(): Promise<void> {
    clearTimeout(this.#stuckTimer);
    this.#connection?.close();
    this.#connection = undefined;
    if (this.#isOver) return;
    this.logger.warn({ sessionId: this.request.sessionId, epoch: this.#epoch }, 'Whisper worker lost');
    this.#events.push({ type: 'state', state: 'failover' });
    try {
      await this.connect();
      this.#events.push({ type: 'state', state: 'live' });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#failure = error;
    this.#events.fail(error);
    this.#finish(undefined);
  }

  #finish(last: TranscriberEvent | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (last) this.#events.push(last);
    this.#events.end();
    this.#abandoned.abort();
    clearTimeout(this.#stuckTimer);
    this.#connection?.close();
    this.#connection = undefined;
    this.#releaseWriters();
  }

  #releaseWriters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #assertAlive(): void {
    if (!this.#isOver) return;
    throw this.#failure ?? new WorkerUnavailableError('The session has ended.');
  }
}
