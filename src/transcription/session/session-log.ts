import type { FinalTranscript } from '../events.js';
import type { FinalText, TranscriptOwner, TranscriptStore } from '../transcript-store.js';

/** How a session's entry is closed. `nothing` removes it: there is nothing in it to keep. */
export type LogEnding = 'ended' | 'failed' | 'nothing';

/**
 * One session's entry in the store. These steps run one after the other: storing a final and sending it, sending the stored ones
 * to a new connection, closing. So no client misses a final or gets one twice. A step rejects when the store does.
 */
export class SessionLog {
  private turn: Promise<void> = Promise.resolve();
  private _lastEventId = 0;
  private label: string | null = null;
  private isOpen = false;
  private missingBytes = 0;

  constructor(
    private readonly store: TranscriptStore,
    private readonly owner: TranscriptOwner,
  ) {}

  get lastEventId(): number {
    return this._lastEventId;
  }

  /** Audio is missing. */
  get hasGaps(): boolean {
    return this.missingBytes > 0;
  }

  async open(): Promise<void> {
    await this.store.create(this.owner, this.label);
    this.isOpen = true;
    if (this.hasGaps) await this.store.markGap(this.owner, { at: 0, bytes: this.missingBytes });
  }

  async setLabel(label: string): Promise<void> {
    this.label = label;
    if (this.isOpen) await this.store.setLabel(this.owner, label);
  }

  /** Audio is missing at a position. What is missing before `open` is marked at the beginning. */
  async markGap(at: number, bytes: number): Promise<void> {
    this.missingBytes += bytes;
    if (this.isOpen) await this.store.markGap(this.owner, { at, bytes });
  }

  /** Stores a final, then gives it to `send`. */
  append(text: FinalText, send: (final: FinalTranscript) => void): Promise<void> {
    return this.inTurn(async () => {
      const final = await this.store.append(this.owner, text);
      this._lastEventId = final.eventId;
      send(final);
    });
  }

  /** Gives the next finals after `lastEventId`, `limit` at most, to `send`. No other final is stored before it has returned. */
  replay(lastEventId: number, limit: number, send: (finals: FinalTranscript[]) => void): Promise<void> {
    return this.inTurn(async () => send(await this.store.readFinals(this.owner, lastEventId, limit)));
  }

  /**
   * Closes the entry, if there is one, and calls `then` behind all earlier steps, also when one of them failed.
   * @param then gets what the store has thrown while it closed the entry
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
