export type Task = 'transcribe' | 'translate';

/** Selects a recogniser. Engines keep one loaded recogniser per key, shared by all its sessions. */
export interface RecogniserKey {
  /** ISO 639-1, one of the engine's `languages`, or `auto` where the engine `detectsLanguage`. */
  language: string;
  task: Task;
  /** Whether word times are wanted, where the model has them. */
  words: boolean;
}

export interface DecodeRequest extends RecogniserKey {
  /** One utterance, 16 kHz mono in -1..1. Never empty, never longer than `maxUtteranceSamples`. */
  samples: Float32Array;
  /** It is not tried again when its host is lost. */
  isOptional?: boolean;
  /** Its text is a caption for a moment: an engine may hear it with less care and time. */
  isInterim?: boolean;
}

export interface DecodedWord {
  word: string;
  /** Offsets in samples. */
  start: number;
  end: number;
}

export interface DecodedUtterance {
  /** Empty when the engine heard no words. */
  text: string;
  /** The one asked for, or the one detected. */
  language: string;
  /** Only where the engine measures them. */
  words?: DecodedWord[];
  /** 0 to 1, only where the engine says so. */
  confidence?: number;
}

/** What an engine can do. Options beyond it are refused when a session opens. */
export interface EngineDescription {
  /** E.g. `sherpa`. */
  readonly name: string;
  /** What is loaded, for `ready` frames and health, e.g. `demo`. */
  readonly model: string;
  readonly languages: ReadonlySet<string>;
  readonly tasks: ReadonlySet<Task>;
  readonly detectsLanguage: boolean;
}

/**
 * A speech recogniser. Contract suite: `test/contracts/engine.ts`.
 */
export interface Engine extends EngineDescription {
  /** Makes the engine ready for `key`, so that the first utterance does not wait for a model to load. */
  prepare(key: RecogniserKey): Promise<void>;

  /**
   * Decodes one utterance. Safe to call while others are running. After an abort the promise rejects, but not before the work has
   * ended: native work cannot be stopped, and occupies its lane as long as it runs.
   */
  decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedUtterance>;

  close(): Promise<void>;
}
