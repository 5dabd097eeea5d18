import type { SessionOptions } from '../whisper-protocol/messages.js';

export interface TranscriberRequest {
  sessionId: string;
  options: SessionOptions;
}

/** What a transcriber tells about the audio it was sent. Positions are samples at 16 kHz since the start of the session. */
export type TranscriberEvent =
  | { type: 'speech'; state: 'start' | 'end'; at: number }
  | { type: 'final'; utterance: string; text: string; start: number; end: number; language: string }
  /** Its engine was lost and another one takes over, or has taken over. No audio and no final is lost or doubled. */
  | { type: 'state'; state: 'failover' | 'live' }
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

/** Turns live speech into text. The implementation under `providers/whisper/` speaks to Whisper workers. */
export interface Transcriber {
  /**
   * @throws WorkerUnavailableError when no worker can be reached
   * @throws OverloadedError when all of them are full
   * @throws InvalidInputError for options that the engine cannot honour
   */
  open(request: TranscriberRequest): Promise<TranscriberSession>;
}

export const TRANSCRIBER = Symbol('TRANSCRIBER');
