import type { FinalTranscript } from './events.js';
import type { FinalText, TranscriptOwner, TranscriptStore } from './transcript-store.js';

/** How a session's entry is closed; `nothing`: there is nothing in it that anybody could want. */
export type LogEnding = 'ended' | 'failed' | 'nothing';

/**
 * One session's entry in the store. What touches the finals happens one after the other: storing one and telling it, sending
 * the stored ones to a new connection, closing. So nobody misses a final or gets one twice. It rejects when the store does.
 */
export class SessionLog {
  private turn: Promise<void> = Promise.resolve();
  private _lastEventId = 0;
  private label: string | null = null;
  private isOpen = false;
  /** Dropped before there was an entry to mark it in. */
  private missingBytes = 0;
  private _hasGaps = false;

  constructor(
    private readonly store: TranscriptStore,
    private readonly owner: TranscriptOwner,
  ) {}

  get lastEventId(): number {
    return this._lastEventId;
  }

  /** Audio is missing. */
  get hasGaps(): boolean {
    return this._hasGaps;
  }

  async open(): Promise<void> {
    await this.store.create(this.owner, this.label);
    this.isOpen = true;
    if (this.missingBytes > 0) await this.markGap(0, this.missingBytes);
  }

  async setLabel(label: string): Promise<void> {
    this.label = label;
    if (this.isOpen) await this.store.setLabel(this.owner, label);
  }

  /** Audio is missing at a position. */
  async markGap(at: number, bytes: number): Promise<void> {
    this._hasGaps = true;
    if (this.isOpen) await this.store.markGap(this.owner, { at, bytes });
    else this.missingBytes += bytes;
  }

  /** Stores a final, then tells it. */
  append(text: FinalText, tell: (final: FinalTranscript) => void): Promise<void> {
    return this.inTurn(async () => {
      const final = await this.store.append(this.owner, text);
      this._lastEventId = final.eventId;
      tell(final);
    });
  }

  /** Gives the next finals after `lastEventId`, `limit` at most; no other one is stored before `take` has returned. */
  replay(lastEventId: number, limit: number, take: (finals: FinalTranscript[]) => void): Promise<void> {
    return this.inTurn(async () => take(await this.store.readFinals(this.owner, lastEventId, limit)));
  }

  /**
   * Closes the entry, if there is one, and calls `then` behind everything that was to be told, also when that failed.
   * @param then is given what the store has thrown
   */
  close(ending: LogEnding, samples: number, then: (failure?: unknown) => void): Promise<void> {
    return this.inTurn(async () => {
      let failure: unknown;
      try {
        if (this.isOpen) await this.closeEntry(ending, samples);
      } catch (error) {
        failure = error;
      }
      this.isOpen = false;
      then(failure);
    });
  }

  private async closeEntry(ending: LogEnding, samples: number): Promise<void> {
    if (ending === 'nothing') await this.store.remove(this.owner);
    else await this.store.finish(this.owner, ending, samples);
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.turn.then(act);
    this.turn = done.catch(() => undefined);
    return done;
  }
}
