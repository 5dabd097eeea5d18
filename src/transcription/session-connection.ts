import type {
  FinalTranscript,
  FlowState,
  InterimTranscript,
  QueuePlace,
  SessionState,
  SessionSummary,
} from './events.js';

/** What a session tells the client that is connected to it. */
export interface SessionListener {
  speech(state: 'start' | 'end', at: number): void;
  interim(interim: InterimTranscript): void;
  final(final: FinalTranscript): void;
  queued(place: QueuePlace): void;
  flow(state: FlowState, credit: number): void;
  state(state: SessionState): void;
  /** Another connection has the session now: nothing more comes here. */
  superseded(): void;
  /** Why the session ended early. `done` still follows when all audio that was taken over has become words. */
  failed(error: unknown): void;
  /** Every sample is covered by a final or was judged silent. Always last. */
  done(summary: SessionSummary): void;
  /** Resolves, when the client has read enough of what it was told, with the number of finals that it may be told at once. */
  room(): Promise<number>;
  /** Whether the line still works, as far as one can tell: a client that is silent pauses, or is cut off. */
  isThere(): Promise<boolean>;
}

/**
 * The one connection that a session may have. A new one puts the former out. It hears nothing live before it has caught up, so
 * that finals come to it in order and each once.
 */
export class SessionConnection {
  #listener: SessionListener | undefined;
  #isCaughtUp = false;

  /** Who is connected, whether or not it has caught up. */
  get attached(): SessionListener | undefined {
    return this.#listener;
  }

  /** Who is to be told what happens now. */
  get live(): SessionListener | undefined {
    return this.#isCaughtUp ? this.#listener : undefined;
  }

  /** @param isCaughtUp for the first connection, which has missed nothing */
  attach(listener: SessionListener, isCaughtUp: boolean): void {
    this.#listener?.superseded();
    this.#listener = listener;
    this.#isCaughtUp = isCaughtUp;
  }

  has(listener: SessionListener): boolean {
    return this.#listener === listener;
  }

  caughtUp(): void {
    this.#isCaughtUp = true;
  }

  detach(): void {
    this.#listener = undefined;
  }
}
