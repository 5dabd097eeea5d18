import type { Pace } from './pace.js';
import type { Cursor, ReadEvent } from './run-cursor.js';
import { isEnding, type RunEvent } from '../run-event.js';
import type { RunLog } from '../run-log.js';
import type { RunPosition } from '../run-position.js';
import { firstUnitLength } from './text-units.js';

type Delta = Extract<RunEvent, { name: 'delta' }>;

/** Text looked at first to see whether a unit goes on in the next delta; doubled while it does. */
const LOOKAHEAD_CHARS = 64;
const CHARS_PER_WORD = 5;

/** Reads a log at a reader's own pace, a unit at a time, also across the borders of deltas. */
export class PacedCursor implements Cursor {
  private _position: RunPosition;
  private _isAtEnd = false;
  private _dueAt: number | undefined;
  private nextAt: number | undefined;

  /** @param isHurried the server shuts down: no time for effects */
  constructor(
    private readonly log: RunLog,
    from: RunPosition,
    private readonly pace: Pace,
    private readonly isHurried: () => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {
    this._position = from;
  }

  get position(): RunPosition {
    return this._position;
  }

  get isAtEnd(): boolean {
    return this._isAtEnd;
  }

  get dueAt(): number | undefined {
    return this._dueAt;
  }

  next(): ReadEvent | undefined {
    this._dueAt = undefined;
    const event = this.log.exactlyAfter(this._position.seq);
    if (!event) return undefined;
    if (event.name === 'delta' && !this.isHurried()) return this.nextSlice(event);
    return this.moveTo(this.rest(event), { seq: event.seq, offset: 0 });
  }

  private rest(event: RunEvent): RunEvent {
    if (event.name !== 'delta' || this._position.offset === 0) return event;
    return { ...event, data: { text: event.data.text.slice(this._position.offset) } };
  }

  private nextSlice(delta: Delta): ReadEvent | undefined {
    const now = this.now();
    if (this.nextAt !== undefined && now < this.nextAt) {
      this._dueAt = this.nextAt;
      return undefined;
    }
    const slice = this.slice(delta);
    if (slice === undefined) return undefined;
    // A reader that was late catches up by one unit at most; `maxLagMs` is for more.
    this.nextAt = Math.max(this.nextAt ?? now, now - this.pace.intervalMs) + this.pace.intervalMs;
    return slice;
  }

  private slice(delta: Delta): ReadEvent | undefined {
    let text = '';
    let position = this._position;
    let seq = delta.seq;
    for (let units = this.unitsDue(); units > 0; units -= 1) {
      const unit = this.unitAt(position);
      if (!unit) break;
      text += unit.text;
      position = unit.position;
      seq = unit.seq;
    }
    return text === '' ? undefined : this.moveTo({ seq, name: 'delta', data: { text } }, position);
  }

  private unitAt(position: RunPosition): { text: string; position: RunPosition; seq: number } | undefined {
    const first = this.log.exactlyAfter(position.seq);
    if (first?.name !== 'delta') return undefined;
    const deltas: Delta[] = [first];
    let text = first.data.text.slice(position.offset);
    for (let enough = LOOKAHEAD_CHARS; ; enough *= 2) {
      let after = this.log.exactlyAfter(deltas.at(-1)!.seq);
      while (after?.name === 'delta' && text.length < enough) {
        deltas.push(after);
        text += after.data.text;
        after = this.log.exactlyAfter(after.seq);
      }
      const isComplete = after !== undefined && after.name !== 'delta';
      const length = firstUnitLength(text, this.pace.unit, isComplete);
      if (length > 0) return { text: text.slice(0, length), ...placeAfter(deltas, position.offset + length) };
      if (after?.name !== 'delta') return undefined;
    }
  }

  private unitsDue(): number {
    const { maxLagMs, intervalMs, unit } = this.pace;
    if (maxLagMs === undefined) return 1;
    const chars = this.log.textLengthAfter(this._position);
    const units = unit === 'word' ? chars / CHARS_PER_WORD : chars;
    return Math.max(1, Math.ceil((units * intervalMs) / maxLagMs));
  }

  private moveTo(event: RunEvent, position: RunPosition): ReadEvent {
    this._position = position;
    this._isAtEnd = isEnding(event);
    return { event, position };
  }
}

/** Where a reader is who has read `length` units of these deltas. `seq`: the delta that it is in. */
function placeAfter(deltas: readonly Delta[], length: number): { position: RunPosition; seq: number } {
  let left = length;
  for (const { seq, data } of deltas) {
    if (left < data.text.length) return { position: { seq: seq - 1, offset: left }, seq };
    left -= data.text.length;
    if (left === 0) return { position: { seq, offset: 0 }, seq };
  }
  throw new Error('A unit reaches beyond its text');
}
