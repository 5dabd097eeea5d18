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
  /** Whether it has read enough of what it was told to be told another final that was stored before. */
  readonly hasRoom: boolean;
  /** Resolves, when the client has read enough of what it was told, with the number of finals that it may be told at once. */
  room(): Promise<number>;
  /** Whether the line still works, as far as one can tell: a client that is silent pauses, or is cut off. */
  isThere(): Promise<boolean>;
}
