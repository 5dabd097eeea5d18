import type { FinalTranscript } from './events.js';

export interface TranscriptOwner {
  tenantId: string;
  sessionId: string;
}

/** What is kept of a session. Positions in samples at 16 kHz since its start. */
export interface Transcript extends TranscriptOwner {
  label: string | null;
  state: 'live' | 'ended' | 'failed';
  /** ISO 8601. */
  createdAt: string;
  endedAt: string | null;
  /** Length of the audio heard; null while it is still live. */
  samples: number | null;
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

/** Keeps the words. Contract suite: `test/contracts/transcript-store.ts`. A final is stored, and so numbered, before it is sent to anybody. */
export interface TranscriptStore {
  create(owner: TranscriptOwner, label: string | null): Promise<void>;
  setLabel(owner: TranscriptOwner, label: string): Promise<void>;
  /** Stores a final and gives it its number, from 1 and without gaps. */
  append(owner: TranscriptOwner, final: FinalText): Promise<FinalTranscript>;
  /** Drops at one position add up. */
  markGap(owner: TranscriptOwner, gap: TranscriptGap): Promise<void>;
  finish(owner: TranscriptOwner, state: 'ended' | 'failed', samples: number): Promise<void>;
  /** Undefined for a session that never was, is no longer kept, or belongs to another tenant. */
  read(owner: TranscriptOwner): Promise<Transcript | undefined>;
  /** The tenant's sessions, newest first. */
  list(tenantId: string, label: string | undefined): Promise<Transcript[]>;
}

export const TRANSCRIPT_STORE = Symbol('TRANSCRIPT_STORE');
