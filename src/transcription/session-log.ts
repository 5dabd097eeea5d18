import type { FinalTranscript } from './events.js';
import type { FinalText, TranscriptOwner, TranscriptStore } from './transcript-store.js';

/**
 * One session's entry in the store. What touches the finals happens one after the other: storing one and telling it, sending
 * the stored ones to a new connection, closing. So nobody misses a final or gets one twice.
 */
export class SessionLog {
  #turn: Promise<void> = Promise.resolve();
  #lastEventId = 0;
  #label: string | null = null;
  #isOpen = false;
  /** Dropped before there was an entry to mark it in. */
  #missingBytes = 0;

  constructor(
    private readonly store: TranscriptStore,
    private readonly owner: TranscriptOwner,
  ) {}

  get lastEventId(): number {
    return this.#lastEventId;
  }

  async open(): Promise<void> {
    await this.store.create(this.owner, this.#label);
    this.#isOpen = true;
    if (this.#missingBytes > 0) await this.markGap(0, this.#missingBytes);
  }

  async setLabel(label: string): Promise<void> {
    this.#label = label;
    if (this.#isOpen) await this.store.setLabel(this.owner, label);
  }

  /** Audio is missing at a position. */
  async markGap(at: number, bytes: number): Promise<void> {
    if (this.#isOpen) await this.store.markGap(this.owner, { at, bytes });
    else this.#missingBytes += bytes;
  }

  /** Stores a final, then tells it. */
  append(text: FinalText, tell: (final: FinalTranscript) => void): Promise<void> {
    return this.#inTurn(async () => {
      const final = await this.store.append(this.owner, text);
      this.#lastEventId = final.eventId;
      tell(final);
    });
  }

  /** Gives the next finals after `lastEventId`, `limit` at most; no other one is stored before `take` has returned. */
  replay(lastEventId: number, limit: number, take: (finals: FinalTranscript[]) => void): Promise<void> {
    return this.#inTurn(async () => {
      const transcript = await this.store.read(this.owner);
      take(transcript?.finals.slice(lastEventId, lastEventId + limit) ?? []);
    });
  }

  /** Closes the entry, if there is one, and calls `then` behind everything that was to be told. */
  close(state: 'ended' | 'failed', samples: number, then: () => void): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOpen) await this.store.finish(this.owner, state, samples);
      this.#isOpen = false;
      then();
    });
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
