import type { RunEvent } from './run-event.js';

/** A text of this length or more has its length in `longLengths`. */
const LONG = 255;
/** A sum of lengths is kept for every 32nd entry, so that a position is found in at most 32 steps. */
const ENTRIES_PER_SUM = 32;
const FIRST_CAPACITY = 1_024;

/**
 * The older entries of a log. Their text is one string, with a byte for each entry that holds the length of its text, so every
 * delta can be restored. Of the other entries, reasoning and sentences are dropped; the rest is kept unchanged.
 */
export class CompactedEntries {
  private _text = '';
  private lengths = new Uint8Array(FIRST_CAPACITY);
  private readonly longLengths = new Map<number, number>();
  /** Text units of the first 0, 32, 64, ... entries. */
  private readonly sums = [0];
  private _upto = 0;
  private _textUpto = 0;
  private readonly _kept: RunEvent[] = [];

  get text(): string {
    return this._text;
  }

  /** The newest entry. */
  get upto(): number {
    return this._upto;
  }

  /** The newest entry with text. */
  get textUpto(): number {
    return this._textUpto;
  }

  get kept(): readonly RunEvent[] {
    return this._kept;
  }

  add(events: readonly RunEvent[]): void {
    let text = '';
    for (const event of events) {
      this._upto = event.seq;
      const length = event.name === 'delta' ? event.data.text.length : 0;
      if (event.name === 'delta') text += event.data.text;
      else if (event.name !== 'reasoning' && event.name !== 'sentence') this._kept.push(event);
      if (length > 0) this._textUpto = event.seq;
      this.note(event.seq, length, this._text.length + text.length);
    }
    this._text += text;
  }

  /** Forgets the oldest kept entry of this kind. */
  dropOldest(name: RunEvent['name']): RunEvent | undefined {
    const index = this._kept.findIndex((event) => event.name === name);
    return index < 0 ? undefined : this._kept.splice(index, 1)[0];
  }

  /** The text of all entries up to `seq`, in UTF-16 units. */
  textLengthAt(seq: number): number {
    const sum = Math.floor(seq / ENTRIES_PER_SUM);
    let length = this.sums[sum]!;
    for (let entry = sum * ENTRIES_PER_SUM + 1; entry <= seq; entry += 1) length += this.lengthOf(entry);
    return length;
  }

  keptAfter(seq: number): RunEvent | undefined {
    let from = 0;
    for (let to = this._kept.length; from < to;) {
      const middle = (from + to) >> 1;
      if (this._kept[middle]!.seq > seq) to = middle;
      else from = middle + 1;
    }
    return this._kept[from];
  }

  /** The entry that follows `seq`, among those with text and those that are kept. */
  after(seq: number): RunEvent | undefined {
    const kept = this.keptAfter(seq);
    const end = kept?.seq ?? this._upto + 1;
    for (let entry = seq + 1; entry < end; entry += 1) {
      const length = this.lengthOf(entry);
      if (length === 0) continue;
      const start = this.textLengthAt(entry - 1);
      return { seq: entry, name: 'delta', data: { text: this._text.slice(start, start + length) } };
    }
    return kept;
  }

  private lengthOf(seq: number): number {
    const length = this.lengths[seq]!;
    return length === LONG ? this.longLengths.get(seq)! : length;
  }

  private note(seq: number, length: number, sum: number): void {
    if (seq >= this.lengths.length) {
      const lengths = new Uint8Array(this.lengths.length * 2);
      lengths.set(this.lengths);
      this.lengths = lengths;
    }
    this.lengths[seq] = Math.min(length, LONG);
    if (length >= LONG) this.longLengths.set(seq, length);
    if (seq % ENTRIES_PER_SUM === 0) this.sums.push(sum);
  }
}
