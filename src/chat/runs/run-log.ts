import { isEnding, type RunEvent, type RunEventData, type RunEventName } from './run-event.js';
import type { RunPosition } from './run-position.js';

/** What an entry costs beside its text: the objects around it. */
const ENTRY_BYTES = 160;
const CHAR_BYTES = 2;

/**
 * Everything that a run has said, numbered from 1 without gaps. Readers hold nothing but a position in it, so a slow one
 * costs no memory. Once the newer entries exceed `maxBytes`, the older half of the text becomes one string, and whoever is
 * behind it gets a `snapshot`.
 */
export class RunLog {
  /** Entries after `#compactedUpto`, without gaps. */
  #tail: RunEvent[] = [];
  #tailBytes = 0;
  /** Older entries that a snapshot does not stand for. */
  readonly #kept: RunEvent[] = [];
  #compactedUpto = 0;
  #compactedText = '';
  #lastSeq = 0;
  #textLength = 0;
  #ending: RunEvent | undefined;
  readonly #readers = new Set<() => void>();

  constructor(private readonly maxBytes: number) {}

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The last entry, once there is nothing to come. */
  get ending(): RunEvent | undefined {
    return this.#ending;
  }

  /** UTF-16 units of the answer so far. */
  get textLength(): number {
    return this.#textLength;
  }

  get text(): string {
    return this.#compactedText + textOf(this.#tail);
  }

  append<Name extends RunEventName>(name: Name, data: RunEventData[Name]): void {
    if (this.#ending) throw new Error('A run that has ended cannot say more');
    this.#lastSeq += 1;
    const event = { seq: this.#lastSeq, name, data } as RunEvent;
    if (event.name === 'delta') this.#textLength += event.data.text.length;
    if (isEnding(event)) this.#ending = event;
    this.#tail.push(event);
    this.#tailBytes += bytesOf(event);
    if (this.#tailBytes > this.maxBytes) this.#compact();
    for (const wake of this.#readers) wake();
  }

  /** The entry that follows `seq`: the next one, or a snapshot when the next ones are no longer kept. */
  after(seq: number): RunEvent | undefined {
    if (seq >= this.#compactedUpto) return this.#tail[seq - this.#compactedUpto];
    const kept = this.#kept.find((event) => event.seq > seq);
    if (kept) return kept;
    return {
      seq: this.#compactedUpto,
      name: 'snapshot',
      data: { text: this.#compactedText, uptoSeq: this.#compactedUpto },
    };
  }

  /** UTF-16 units of the answer that a reader at this position has not read. */
  textLengthAfter({ seq, offset }: RunPosition): number {
    // What a reader this far behind gets is the whole text.
    if (seq < this.#compactedUpto) return this.#textLength;
    return textOf(this.#tail.slice(seq - this.#compactedUpto)).length - offset;
  }

  /** All entries of one kind. Those that a snapshot stands for are not kept, so this is not for text. */
  all<Name extends 'step' | 'source' | 'sentence' | 'usage'>(name: Name): RunEventData[Name][] {
    return [...this.#kept, ...this.#tail]
      .filter((event) => event.name === name)
      .map(({ data }) => data as RunEventData[Name]);
  }

  /** Calls `wake` after every entry, until the result is called. */
  onAppend(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }

  #compact(): void {
    const old = this.#tail.splice(0, Math.ceil(this.#tail.length / 2));
    this.#compactedText += textOf(old);
    this.#compactedUpto += old.length;
    for (const event of old) {
      this.#tailBytes -= bytesOf(event);
      if (event.name !== 'delta' && event.name !== 'reasoning') this.#kept.push(event);
    }
  }
}

function bytesOf(event: RunEvent): number {
  const isText = event.name === 'delta' || event.name === 'reasoning';
  return ENTRY_BYTES + (isText ? event.data.text.length * CHAR_BYTES : 0);
}

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.name === 'delta' ? event.data.text : '')).join('');
}
