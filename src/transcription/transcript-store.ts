import type { FinalTranscript } from './events.js';

export interface TranscriptOwner {
  tenantId: string;
  sessionId: string;
}

/** What is known of a session without its words. Positions in samples at 16 kHz since its start. */
export interface TranscriptSummary extends TranscriptOwner {
  label: string | null;
  state: 'live' | 'ended' | 'failed';
  /** ISO 8601. */
  createdAt: string;
  endedAt: string | null;
  /** Length of the audio heard; null while it is still live. */
  samples: number | null;
  finalCount: number;
  /** Compressed audio that is missing. See `Transcript.gaps`. */
  missingBytes: number;
}

export interface Transcript extends Omit<TranscriptSummary, 'finalCount' | 'missingBytes'> {
  finals: FinalTranscript[];
  /** Where audio of a client that does not resend was dropped because too much was waiting. */
  gaps: TranscriptGap[];
}

export interface TranscriptGap {
  /** Position in the audio that was heard. */
  at: number;
  /** Compressed audio that is missing there. */
  bytes: number;
}

export type FinalText = Omit<FinalTranscript, 'eventId'>;

/** The order of a list: the newest first, then by id. */
export type TranscriptPosition = Pick<TranscriptSummary, 'createdAt' | 'sessionId'>;

export interface TranscriptQuery {
  label?: string | undefined;
  /** The last one of the page before. It need not be there any more. */
  after?: TranscriptPosition | undefined;
  limit: number;
}

/**
 * Keeps the words. Contract suite: `test/contracts/transcript-store.ts`. A final is stored, and so numbered, before it is sent to
 * anybody. Any call may reject: the session that made it ends then.
 */
export interface TranscriptStore {
  create(owner: TranscriptOwner, label: string | null): Promise<void>;
  setLabel(owner: TranscriptOwner, label: string): Promise<void>;
  /** Stores a final and gives it its number, from 1 and without gaps. */
  append(owner: TranscriptOwner, final: FinalText): Promise<FinalTranscript>;
  /** Drops at one position add up. */
  markGap(owner: TranscriptOwner, gap: TranscriptGap): Promise<void>;
  finish(owner: TranscriptOwner, state: 'ended' | 'failed', samples: number): Promise<void>;
  /** Forgets a session of which there is nothing to keep. */
  remove(owner: TranscriptOwner): Promise<void>;
  /** Undefined for a session that never was, is no longer kept, or belongs to another tenant. */
  read(owner: TranscriptOwner): Promise<Transcript | undefined>;
  /** The next finals after one, `limit` at most; none for a session that `read` does not know. */
  readFinals(owner: TranscriptOwner, lastEventId: number, limit: number): Promise<FinalTranscript[]>;
  /** The tenant's sessions, newest first. */
  list(tenantId: string, query: TranscriptQuery): Promise<TranscriptSummary[]>;
}

export const TRANSCRIPT_STORE = Symbol('TRANSCRIPT_STORE');
