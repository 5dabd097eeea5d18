import type {
  FinalTranscript,
  FlowState,
  InterimTranscript,
  QueuePlace,
  SessionState,
  SessionSummary,
} from '../events.js';

/** What a session tells the client that is connected to it. */
export interface SessionListener {
  speech(state: 'start' | 'end', at: number): void;
  interim(interim: InterimTranscript): void;
  final(final: FinalTranscript): void;
  queued(place: QueuePlace): void;
  flow(state: FlowState, credit: number): void;
  state(state: SessionState): void;
  /** Another connection has resumed the session: nothing more comes here. */
  superseded(): void;
  /** Why the session ended early. `done` still follows when all audio that was taken has become words. */
  failed(error: unknown): void;
  /** Every sample is covered by a final or was judged silent. Always last. */
  done(summary: SessionSummary): void;
  /** Whether it has read enough to get another stored final. */
  readonly hasRoom: boolean;
  /** Resolves, when the client has read enough, with the number of stored finals that it may get at once. */
  room(): Promise<number>;
  /** Whether the connection works, as far as a ping shows: a silent client pauses, or is cut off. */
  isThere(): Promise<boolean>;
}
