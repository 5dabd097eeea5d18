import type { QueuePlace, SessionSummary } from '../events.js';
import type { TranscriberSession } from '../transcriber.js';

/** The phases that take audio. */
type Open =
  /** A transcriber is looked for. The answer to `session:start` waits for it. */
  | { name: 'opening' }
  /** All workers are full. The client was told its place. */
  | { name: 'queued'; place: QueuePlace }
  /** There is no worker, and the client cannot begin again: the search goes on as long as audio comes. */
  | { name: 'waiting' }
  | { name: 'live'; transcriber: TranscriberSession };

/** How a session ends. */
export interface SessionOutcome {
  /** Why it ends early: the first failure. Those that follow from it are not told. */
  failure?: unknown;
  /** When all audio that was taken has become words or was silent. */
  summary?: SessionSummary;
}

type Phase =
  | Open
  /** No more audio is taken. What was taken still becomes words: a search that was open goes on. */
  | { name: 'ending'; from: Open; outcome: SessionOutcome }
  /** The end was told. Nothing changes any more. */
  | { name: 'over'; outcome: SessionOutcome };

/** Where a session is in its life. All transitions are here; docs/architecture.md shows them. */
export class SessionPhase {
  private phase: Phase = { name: 'opening' };

  /** Whether audio is refused. */
  get isEnding(): boolean {
    return this.phase.name === 'ending' || this.phase.name === 'over';
  }

  /** How it ended, when it is over. */
  get outcome(): SessionOutcome | undefined {
    return this.phase.name === 'over' ? this.phase.outcome : undefined;
  }

  /** Whether the client was told that the session waits for a transcriber. */
  get isWaiting(): boolean {
    return this.open?.name === 'queued' || this.open?.name === 'waiting';
  }

  get place(): QueuePlace | undefined {
    return this.open?.name === 'queued' ? this.open.place : undefined;
  }

  get transcriber(): TranscriberSession | undefined {
    return this.open?.name === 'live' ? this.open.transcriber : undefined;
  }

  /** A session that has waited for any worker goes on waiting: its client heard that there is none. */
  queued(place: QueuePlace): void {
    if (this.open?.name !== 'waiting') this.enter({ name: 'queued', place });
  }

  /** @returns false when the session waits already */
  waiting(): boolean {
    if (this.open?.name === 'waiting') return false;
    this.enter({ name: 'waiting' });
    return true;
  }

  /** @returns whether the session has waited for any worker */
  live(transcriber: TranscriberSession): boolean {
    const hasWaited = this.open?.name === 'waiting';
    this.enter({ name: 'live', transcriber });
    return hasWaited;
  }

  /** @returns whether `failure` is the first one */
  ending(failure?: unknown): boolean {
    if (this.phase.name !== 'ending' && this.phase.name !== 'over')
      this.phase = { name: 'ending', from: this.phase, outcome: {} };
    const { outcome } = this.phase;
    if (failure === undefined || outcome.failure !== undefined) return false;
    outcome.failure = failure;
    return true;
  }

  over(summary: SessionSummary | undefined): void {
    this.ending();
    if (this.phase.name === 'ending')
      this.phase = { name: 'over', outcome: { ...this.phase.outcome, ...(summary && { summary }) } };
  }

  private get open(): Open | undefined {
    if (this.phase.name === 'over') return undefined;
    return this.phase.name === 'ending' ? this.phase.from : this.phase;
  }

  private enter(open: Open): void {
    if (this.phase.name === 'ending') this.phase.from = open;
    else if (this.phase.name !== 'over') this.phase = open;
  }
}
