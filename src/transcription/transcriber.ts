import type { SessionOptions } from '../whisper-protocol/messages.js';
import type { InterimTranscript, QueuePlace, SessionState } from './events.js';
import type { FinalText } from './transcript-store.js';

export interface TranscriberRequest {
  tenantId: string;
  sessionId: string;
  options: SessionOptions;
  /** When its engine is lost, another one is looked for as long as audio may come: its client cannot begin again. */
  isPatient?: boolean;
}

/** What a transcriber tells about the audio it was sent. Positions are samples at 16 kHz since the start of the session. */
export type TranscriberEvent =
  | { type: 'speech'; state: 'start' | 'end'; at: number }
  /** The open utterance so far; the latest wins. Only for sessions that asked for it. */
  | { type: 'interim'; interim: InterimTranscript }
  | { type: 'final'; final: FinalText }
  /** All audio before `position` is covered by finals that came before this, or judged silent. Never moves back. */
  | { type: 'commit'; position: number }
  /** Its engine was lost or is going to stop, and another one takes over, or has. No audio and no final is lost or doubled. */
  | { type: 'state'; state: SessionState }
  /** Every sample is covered by a final or judged silent. Always last. */
  | { type: 'done'; samples: number };

/**
 * One session's way to a recogniser. Contract suite: `test/contracts/transcriber.ts`.
 */
export interface TranscriberSession {
  /** Everything the transcriber has to say, ending after `done`; throws a ParleyError when the session cannot go on. */
  readonly events: AsyncIterable<TranscriberEvent>;

  /** Sends audio. Resolves when more may be sent: awaiting it is the backpressure. Rejects once the session has failed. */
  write(samples: Int16Array): Promise<void>;

  /** Nothing more is coming for now: the open utterance is finished. */
  stall(): void;

  /** No more audio will come. `done` follows. */
  end(): void;

  /** Gives the session up at once, without `done`. */
  abort(): void;
}

export interface OpenOptions {
  /** All engines are full: the session waits, and is told its place whenever that changes. */
  onQueued?: (place: QueuePlace) => void;
  /** Gives the search for an engine up. */
  signal?: AbortSignal;
}

/** Turns live speech into text. The implementation under `providers/whisper/` speaks to Whisper workers. */
export interface Transcriber {
  /**
   * @throws WorkerUnavailableError when no worker can be reached
   * @throws OverloadedError when all of them are full, and the queue too, or for too long
   * @throws InvalidInputError for options that the engine cannot honour
   */
  open(request: TranscriberRequest, options?: OpenOptions): Promise<TranscriberSession>;
}

export const TRANSCRIBER = Symbol('TRANSCRIBER');
