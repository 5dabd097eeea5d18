import type { InterimTranscript, QueuePlace, SessionState } from './events.js';
import type { FinalText } from './transcript-store.js';

/** Options of a session. The engine has a default for each. */
export interface TranscriberOptions {
  /** ISO 639-1, e.g. `ko`, or `auto`: decided once, by the first utterance with words. */
  language?: string;
  task?: 'transcribe' | 'translate';
  /** Gives `interim` events. Default: no. */
  interim?: boolean;
  /** When an interim shows a word: once it is likely to stay, or as soon as it is heard. */
  captions?: 'steady' | 'fast';
  /** Gives word times with finals, where the model has them. Default: no. */
  words?: boolean;
  /** How the audio is cut into utterances. */
  vad?: {
    /** Probability of speech, from 0 to 1, above which audio counts as speech. */
    threshold?: number;
    /** Silence that ends an utterance; without `maxSilenceMs` every one. */
    silenceMs?: number;
    /** Silence that ends an utterance in the middle of a sentence. */
    maxSilenceMs?: number;
    /** Audio kept before speech was noticed. */
    preRollMs?: number;
    /** Less speech than this is a click. */
    minSpeechMs?: number;
    /** An utterance is cut at its best pause before it grows longer. */
    maxUtteranceMs?: number;
  };
}

export interface TranscriberRequest {
  tenantId: string;
  sessionId: string;
  /** Of the request that began the session: for what the engine logs of it. */
  requestId?: string;
  options: TranscriberOptions;
  /** Keeps searching for another engine as long as audio may come, because the client cannot restart its recording. */
  isPatient?: boolean;
  /**
   * `background`: a recording that nobody listens to. It gives way to live sessions, waits in no queue with them, and may stand still
   * for minutes. Default: `live`.
   */
  priority?: 'live' | 'background';
  /** The span of the session, which the engine is told of: W3C Trace Context. */
  traceparent?: string;
}

/** Events of a transcriber. Positions are samples at 16 kHz since the start of the session. */
export type TranscriberEvent =
  | { type: 'speech'; state: 'start' | 'end'; at: number }
  /** The open utterance so far; the latest wins. Only for sessions that asked for it. */
  | { type: 'interim'; interim: InterimTranscript }
  | { type: 'final'; final: FinalText }
  /** All audio before `position` is silent or covered by finals that came before this event. Never moves back. */
  | { type: 'commit'; position: number }
  /** The engine was lost or will stop, or another one has taken over. No audio and no final is lost or doubled. */
  | { type: 'state'; state: SessionState }
  /** Every sample is silent or covered by a final. Always last. */
  | { type: 'done'; samples: number };

/**
 * The session with a recogniser. Contract suite: `test/contracts/transcriber.ts`.
 */
export interface TranscriberSession {
  /** Ends after `done`; throws a ParleyError when the session cannot go on. */
  readonly events: AsyncIterable<TranscriberEvent>;

  /** Sends audio. Resolves when more may be sent: awaiting it is the backpressure. Rejects once the session has failed. */
  write(samples: Int16Array): Promise<void>;

  /** Finishes the open utterance, because no audio comes for now. */
  stall(): void;

  /** Ends the audio. `done` follows when all of it is covered. */
  end(): void;

  /** Ends the session at once, without `done`. */
  abort(): void;
}

export interface OpenOptions {
  /** Called with the place in the queue, and whenever it changes, while all engines are full. */
  onQueued?: (place: QueuePlace) => void;
  /** Aborts the search for an engine. */
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
