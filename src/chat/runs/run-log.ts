import { CompactedEntries } from './compacted-entries.js';
import { isEnding, type RunEvent, type RunEventData, type RunEventName } from './run-event.js';
import type { RunPosition } from './run-position.js';

/** Memory of an entry beside its text: the objects around it. */
const ENTRY_BYTES = 160;
const CHAR_BYTES = 2;

/**
 * All events of a run, numbered from 1 without gaps. A reader holds a position only, so a slow reader
 * costs no memory. When the newer entries exceed `maxBytes`, the older half of them is compacted: its text joins one string, and its
 * reasoning and sentences are dropped. A reader who is behind the compacted entries gets a `snapshot`, or the deltas if it asks for these.
 */
export class RunLog {
  /** Entries after the compacted ones, without gaps. */
  private readonly tail: RunEvent[] = [];
  /** Text units of the answer up to each of them. */
  private readonly tailLengths: number[] = [];
  private _bytes = 0;
  private readonly compacted = new CompactedEntries();
  private _lastSeq = 0;
  private _textLength = 0;
  private _ending: RunEvent | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly maxBytes: number) {}

  get lastSeq(): number {
    return this._lastSeq;
  }

  /** The last entry, once there is nothing to come. */
  get ending(): RunEvent | undefined {
    return this._ending;
  }

  /** UTF-16 units of the answer so far. */
  get textLength(): number {
    return this._textLength;
  }

  /**
   * Memory of the entries that are kept one by one: at most `maxBytes`, or the newest entry. Not counted are the answer's text, with a byte
   * for each entry, and the sources, which the caller has sent.
   */
  get bytes(): number {
    return this._bytes;
  }

  get text(): string {
    return this.compacted.text + textOf(this.tail);
  }

  append<Name extends RunEventName>(name: Name, data: RunEventData[Name]): void {
    if (this._ending) throw new Error('A run that has ended cannot say more');
    this._lastSeq += 1;
    const event = { seq: this._lastSeq, name, data } as RunEvent;
    if (event.name === 'delta') this._textLength += event.data.text.length;
    if (isEnding(event)) this._ending = event;
    this.tail.push(event);
    this.tailLengths.push(this._textLength);
    this._bytes += bytesOf(event);
    if (this._bytes > this.maxBytes) this.compact();
    for (const wake of this.listeners) wake();
  }

  /** The entry that follows `seq`: the next one, or a snapshot when the next ones are no longer kept. */
  after(seq: number): RunEvent | undefined {
    const { textUpto, text } = this.compacted;
    if (!this.isBehind(seq)) return this.exactlyAfter(seq);
    const kept = this.compacted.keptAfter(seq);
    // A snapshot takes the place of the last delta that it stands for, so the entries around it keep their order.
    if (kept && kept.seq < textUpto) return kept;
    return { seq: textUpto, name: 'snapshot', data: { text, uptoSeq: textUpto } };
  }

  /** The same without snapshots: every delta as it was. */
  exactlyAfter(seq: number): RunEvent | undefined {
    const { upto } = this.compacted;
    if (seq >= upto) return this.tail[seq - upto];
    return this.compacted.after(seq) ?? this.tail[0];
  }

  /** Whether a reader who has read up to `seq` lacks text that has been compacted. */
  isBehind(seq: number): boolean {
    return seq < this.compacted.textUpto;
  }

  /** Whether a snapshot would repeat more than it brings. */
  wouldRepeatMuch(position: RunPosition): boolean {
    return this.textLengthAt(position) > this.compacted.text.length / 2;
  }

  /** UTF-16 units of the answer that a reader at this position has read. */
  textLengthAt({ seq, offset }: RunPosition): number {
    const { upto } = this.compacted;
    if (seq <= upto) return this.compacted.textLengthAt(seq) + offset;
    return this.tailLengths[seq - upto - 1]! + offset;
  }

  /** UTF-16 units of the answer that a reader at this position has not read. */
  textLengthAfter(position: RunPosition): number {
    return this._textLength - this.textLengthAt(position);
  }

  /** The same place in the form that readers go on from. A client may name any, also one that there is not. */
  placeOf({ seq, offset }: RunPosition): RunPosition {
    if (seq >= this._lastSeq) return { seq: this._lastSeq, offset: 0 };
    const next = offset > 0 ? this.exactlyAfter(seq) : undefined;
    if (next?.name !== 'delta' || next.seq !== seq + 1) return { seq, offset: 0 };
    return offset < next.data.text.length ? { seq, offset } : { seq: next.seq, offset: 0 };
  }

  /** All entries of one kind. Those that a snapshot stands for are not kept, so this is not for text. */
  all<Name extends 'step' | 'source' | 'usage'>(name: Name): RunEventData[Name][] {
    return [...this.compacted.kept, ...this.tail]
      .filter((event) => event.name === name)
      .map(({ data }) => data as RunEventData[Name]);
  }

  /** Calls `wake` after every entry, until the result is called. */
  onAppend(wake: () => void): () => void {
    this.listeners.add(wake);
    return () => this.listeners.delete(wake);
  }

  /** The newest entry is never compacted, so a reader who keeps up gets every entry unchanged. */
  private compact(): void {
    while (this._bytes > this.maxBytes && this.tail.length > 1) {
      const count = Math.ceil((this.tail.length - 1) / 2);
      const old = this.tail.splice(0, count);
      this.tailLengths.splice(0, count);
      this.compacted.add(old);
      for (const event of old) if (!KEPT.has(event.name)) this._bytes -= bytesOf(event);
    }
    while (this._bytes > this.maxBytes) {
      const dropped = this.compacted.dropOldest('step');
      if (!dropped) return;
      this._bytes -= bytesOf(dropped);
    }
  }
}

/** Entries that cost as much after compaction as before. */
const KEPT = new Set<RunEventName>(['run', 'step', 'usage', 'done', 'failed', 'cancelled']);

function bytesOf({ name, data }: RunEvent): number {
  if (name === 'source') return 0;
  let bytes = ENTRY_BYTES;
  for (const value of Object.values(data)) if (typeof value === 'string') bytes += value.length * CHAR_BYTES;
  return bytes;
}

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.name === 'delta' ? event.data.text : '')).join('');
}
