import { Logger, type MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { Observable, type Subscriber } from 'rxjs';
import { resetStalledReader } from '../../../common/http/cut-response.js';
import type { PaceClock } from './pace-clock.js';
import { PacedCursor } from './paced-cursor.js';
import type { ReaderOptions } from './reader-options.js';
import { RunCursor, type Cursor } from './run-cursor.js';
import { formatEventId, type RunPosition } from '../run-position.js';
import type { Run } from '../run.js';
import { eventView, textView, type RunView } from './run-view.js';

export interface RunStreamLimits {
  heartbeatMs: number;
  /** A reader that has not read a byte for this long is cut off. */
  stalledReaderMs: number;
}

export interface RunStreamContext {
  response: Response;
  limits: RunStreamLimits;
  clock: PaceClock;
  /** Aborts when the server begins to shut down. */
  closing: AbortSignal;
}

/** How soon a browser's EventSource comes back after a drop. */
const RETRY_MS = 1_000;
/** Events handed to Nest before its writes get a turn; the most that can wait in its queue. */
const EVENTS_PER_TURN = 16;

/** A run's events, from a position on, as `@Sse` wants them. */
export function runStream(
  run: Run,
  from: RunPosition,
  options: ReaderOptions,
  context: RunStreamContext,
): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    const { pace } = options;
    const isText = options.format === 'text';
    const place = run.log.placeOf(from);
    const cursor = pace
      ? new PacedCursor(run.log, place, pace, () => context.closing.aborted)
      : new RunCursor(run.log, place, isText);
    const view = isText ? textView() : eventView;
    const stream = new RunStream(run, cursor, view, options.heartbeat ?? 'comment', context, subscriber);
    stream.pump();
    return () => stream.close();
  });
}

/**
 * Writes the events of a run to one reader. Nest never pauses an Observable, so events for a slow client would pile up in Nest's queue.
 * Therefore nothing is emitted while the response waits for `drain`; the events stay in the run's log.
 */
class RunStream {
  private readonly logger = new Logger(RunStream.name);
  private readonly stopListening: () => void;
  private readonly response: Response;
  private isFirst = true;
  private isScheduled = false;
  private isCorked = false;
  private isClosed = false;
  private lastSentAt = performance.now();
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private stopWaiting: (() => void) | undefined;

  constructor(
    private readonly run: Run,
    private readonly cursor: Cursor,
    private readonly view: RunView,
    private readonly heartbeat: 'comment' | 'event' | 'none',
    private readonly context: RunStreamContext,
    private readonly subscriber: Subscriber<MessageEvent>,
  ) {
    this.response = context.response;
    this.stopListening = run.log.onAppend(() => this.pump());
    resetStalledReader(this.response, context.limits.stalledReaderMs);
    if (heartbeat !== 'none') this.armHeartbeat(context.limits.heartbeatMs);
  }

  /** Emits what the reader lacks. A failure closes this reader's connection and never reaches the run, which has other readers. */
  pump(): void {
    if (this.isClosed || this.isScheduled) return;
    try {
      this.emitWaiting();
    } catch (error) {
      this.logger.error({ runId: this.run.id, err: error }, 'A reader could not be served');
      this.close();
      this.response.destroy();
    }
  }

  private emitWaiting(): void {
    for (let sent = 0; sent < EVENTS_PER_TURN; sent += 1) {
      if (this.response.writableNeedDrain) return this.resumeOnDrain();
      const next = this.cursor.next();
      if (!next) return this.resumeWhenDue();
      const message = this.view(next);
      if (message) this.emit({ ...message, id: formatEventId(this.run.id, next.position) });
      if (this.cursor.isAtEnd) return this.subscriber.complete();
    }
    this.isScheduled = true;
    setImmediate(this.resume);
  }

  close(): void {
    this.isClosed = true;
    this.stopListening();
    this.stopWaiting?.();
    clearTimeout(this.heartbeatTimer);
    this.response.off('drain', this.resume);
  }

  private readonly resume = (): void => {
    this.isScheduled = false;
    this.pump();
  };

  private resumeOnDrain(): void {
    this.isScheduled = true;
    this.response.once('drain', this.resume);
  }

  /** A paced reader asks again by the clock, whether or not the log has grown. */
  private resumeWhenDue(): void {
    const { dueAt } = this.cursor;
    if (dueAt === undefined || this.stopWaiting) return;
    this.stopWaiting = this.context.clock.at(dueAt, () => {
      this.stopWaiting = undefined;
      this.pump();
    });
  }

  private emit(message: MessageEvent): void {
    this.cork();
    this.lastSentAt = performance.now();
    this.subscriber.next(this.isFirst ? { retry: RETRY_MS, ...message } : message);
    this.isFirst = false;
    if (message.id !== undefined) this.run.becomeKnown();
  }

  /**
   * Events that are emitted together leave in one packet, because a system call costs more than an event. Nest hands its events to the response
   * one per tick, so the beginning, with headers and often the first words, and the ending are kept together for a turn.
   * The socket is corked, never the response: a socket sends its bytes in the order of their writing whatever happens meanwhile,
   * while a response that is ended when it is corked writes its last chunk before its body (Node 22 and later).
   */
  private cork(): void {
    const { socket } = this.response;
    if (this.isCorked || !socket) return;
    this.isCorked = true;
    socket.cork();
    const isBeginning = this.isFirst;
    const uncork = (): void => {
      this.isCorked = false;
      socket.uncork();
    };
    process.nextTick(() => {
      if (isBeginning || this.cursor.isAtEnd) setImmediate(uncork);
      else uncork();
    });
  }

  private armHeartbeat(delayMs: number): void {
    this.heartbeatTimer = setTimeout(() => {
      const dueMs = this.context.limits.heartbeatMs - (performance.now() - this.lastSentAt);
      if (dueMs <= 0 && !this.response.writableNeedDrain) this.sendHeartbeat();
      this.armHeartbeat(dueMs > 0 ? dueMs : this.context.limits.heartbeatMs);
    }, delayMs);
  }

  private sendHeartbeat(): void {
    if (this.heartbeat === 'comment') return this.emit({ comment: 'hb' });
    const { position } = this.cursor;
    // An id of its own would make the reader forget its place; the id of the place itself changes nothing.
    const id = formatEventId(this.run.id, position);
    this.emit({ type: 'ping', id, data: JSON.stringify({ seq: position.seq }) });
  }
}
