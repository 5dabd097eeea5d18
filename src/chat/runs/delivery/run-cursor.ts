import { isEnding, type RunEvent } from '../run-event.js';
import type { RunLog } from '../run-log.js';
import type { RunPosition } from '../run-position.js';

/** Deltas that wait are joined up to this length, so that a reader who is behind catches up in few events. */
const MAX_JOINED_CHARS = 4_096;

/** An event as one reader gets it: `position` is where it is after it. */
export interface ReadEvent {
  event: RunEvent;
  position: RunPosition;
}

/** One reader's place in a log. It holds a position and nothing else. */
export interface Cursor {
  readonly position: RunPosition;
  /** The ending has been read: there is nothing to come. */
  readonly isAtEnd: boolean;
  /** When to ask again although the log has not changed, in `performance.now()` time. */
  readonly dueAt: number | undefined;
  /** The next event, or undefined when there is none for now. */
  next(): ReadEvent | undefined;
}

/** Reads a log as fast as it comes. @see RunLog for snapshots */
export class RunCursor implements Cursor {
  readonly dueAt = undefined;
  private _position: RunPosition;
  private _isAtEnd = false;
  /** Entries were given ahead of the text before them, or may have been on an earlier connection: only a snapshot makes up for that. */
  private needsSnapshot: boolean;

  constructor(
    private readonly log: RunLog,
    from: RunPosition,
    /** For readers who cannot replace what they have. */
    private readonly isExact = false,
  ) {
    this._position = from;
    this.needsSnapshot = from.seq > 0;
  }

  get position(): RunPosition {
    return this._position;
  }

  get isAtEnd(): boolean {
    return this._isAtEnd;
  }

  next(): ReadEvent | undefined {
    let event = this._next();
    if (!event) return undefined;
    if (event.name === 'delta') event = this.withFollowingDeltas(event);
    this._position = { seq: event.seq, offset: 0 };
    this._isAtEnd = isEnding(event);
    return { event, position: this._position };
  }

  private _next(): RunEvent | undefined {
    const { seq } = this._position;
    if (this.isExact || !this.log.isBehind(seq)) {
      this.needsSnapshot = false;
      return this.log.exactlyAfter(seq);
    }
    if (!this.needsSnapshot && this.log.wouldRepeatMuch(this._position)) return this.log.exactlyAfter(seq);
    const event = this.log.after(seq);
    this.needsSnapshot = event?.name !== 'snapshot';
    return event;
  }

  private withFollowingDeltas(first: Extract<RunEvent, { name: 'delta' }>): RunEvent {
    let { text } = first.data;
    let { seq } = first;
    if (this._position.offset > 0) text = text.slice(this._position.offset);
    for (;;) {
      const next = this.log.exactlyAfter(seq);
      if (next?.name !== 'delta' || text.length + next.data.text.length > MAX_JOINED_CHARS) break;
      text += next.data.text;
      seq = next.seq;
    }
    return seq === first.seq && text === first.data.text ? first : { seq, name: 'delta', data: { text } };
  }
}
