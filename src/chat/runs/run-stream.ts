import type { MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { Observable, type Subscriber } from 'rxjs';
import type { ReaderOptions } from './reader-options.js';
import { RunCursor, type ReadEvent } from './run-cursor.js';
import { formatEventId, type RunPosition } from './run-position.js';
import type { Run } from './run.js';

export interface RunStreamLimits {
  heartbeatMs: number;
  /** A reader that has not read a byte for this long is cut off. */
  stalledReaderMs: number;
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
  response: Response,
  limits: RunStreamLimits,
): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    const stream = new RunStream(run, from, options, response, limits, subscriber);
    stream.pump();
    return () => stream.close();
  });
}

/**
 * Nest never pauses an Observable: what a slow client does not read piles up in its queue. So nothing is emitted while the
 * response waits for `drain`, and the events stay in the run's log, where they are anyway.
 */
class RunStream {
  private readonly cursor: RunCursor;
  private readonly stopListening: () => void;
  private isFirst = true;
  private isScheduled = false;
  private isClosed = false;
  private lastSentAt = performance.now();
  private heartbeat: NodeJS.Timeout | undefined;
  private stalled: NodeJS.Timeout | undefined;

  constructor(
    private readonly run: Run,
    from: RunPosition,
    private readonly options: ReaderOptions,
    private readonly response: Response,
    private readonly limits: RunStreamLimits,
    private readonly subscriber: Subscriber<MessageEvent>,
  ) {
    this.cursor = new RunCursor(run.log, from);
    this.stopListening = run.log.onAppend(this.pump);
    if (options.heartbeat !== 'none') this.armHeartbeat(limits.heartbeatMs);
  }

  readonly pump = (): void => {
    if (this.isClosed || this.isScheduled) return;
    for (let sent = 0; sent < EVENTS_PER_TURN; sent += 1) {
      if (this.response.writableNeedDrain) return this.resumeOnDrain();
      const next = this.cursor.next();
      if (!next) return;
      this.send(next);
      if (this.cursor.isAtEnd) return this.subscriber.complete();
    }
    this.isScheduled = true;
    setImmediate(this.resume);
  };

  close(): void {
    this.isClosed = true;
    this.stopListening();
    clearTimeout(this.heartbeat);
    clearTimeout(this.stalled);
    this.response.off('drain', this.resume);
  }

  private readonly resume = (): void => {
    clearTimeout(this.stalled);
    this.isScheduled = false;
    this.pump();
  };

  private resumeOnDrain(): void {
    this.isScheduled = true;
    this.response.once('drain', this.resume);
    this.stalled = setTimeout(() => this.response.destroy(), this.limits.stalledReaderMs);
  }

  private send({ event, position }: ReadEvent): void {
    this.emit({
      type: event.name,
      id: formatEventId(this.run.id, position),
      data: JSON.stringify({ seq: event.seq, ...event.data }),
    });
  }

  private emit(message: MessageEvent): void {
    this.lastSentAt = performance.now();
    this.subscriber.next(this.isFirst ? { retry: RETRY_MS, ...message } : message);
    this.isFirst = false;
    this.run.becomeKnown();
  }

  private armHeartbeat(delayMs: number): void {
    this.heartbeat = setTimeout(() => {
      const idleMs = performance.now() - this.lastSentAt;
      const dueMs = this.limits.heartbeatMs - idleMs;
      if (dueMs <= 0 && !this.response.writableNeedDrain) this.sendHeartbeat();
      this.armHeartbeat(dueMs > 0 ? dueMs : this.limits.heartbeatMs);
    }, delayMs);
  }

  private sendHeartbeat(): void {
    if (this.options.heartbeat !== 'event') return this.emit({ comment: 'hb' });
    const { position } = this.cursor;
    // Its own id would make the reader forget its place; the id of the place itself changes nothing.
    this.emit({
      type: 'ping',
      id: formatEventId(this.run.id, position),
      data: JSON.stringify({ seq: position.seq }),
    });
  }
}
