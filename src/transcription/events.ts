import { z } from 'zod';
import { AUDIO_CODECS } from '../audio/audio-decoder.js';
import type { SocketErrorBody } from '../common/errors/error-body.js';

/**
 * The Socket.io contract of live transcription (docs/api/transcription.md), shared by server, tests and page. Positions
 * (`start`, `end`, `at`) are samples at 16 kHz since the start of the session.
 */

export const sessionStartSchema = z.object({
  v: z.literal(1),
  format: z
    .object({
      codec: z.enum(AUDIO_CODECS),
      sampleRate: z.number().int().min(8_000).max(48_000).optional(),
      channels: z.number().int().min(1).max(8).optional(),
    })
    .default({ codec: 'auto' }),
  /** ISO 639-1. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
  task: z.enum(['transcribe', 'translate']).optional(),
  vad: z
    .strictObject({
      silenceMs: z.number().int().min(50).max(5_000).optional(),
      maxUtteranceMs: z.number().int().min(1_000).max(28_000).optional(),
    })
    .optional(),
  /** The caller's own name for the session, e.g. a lecture's id. */
  label: z.string().max(200).optional(),
});
export type SessionStart = z.input<typeof sessionStartSchema>;

export const audioHeaderSchema = z.object({
  /** Number of the chunk, from 1, without gaps. */
  seq: z.number().int().positive(),
});
export type AudioHeader = z.output<typeof audioHeaderSchema>;

export const lectureIdSchema = z.string().min(1).max(200);

export const sessionEndSchema = z.object({ lastSeq: z.number().int().nonnegative().optional() }).default({});
export type SessionEnd = z.input<typeof sessionEndSchema>;

/** Every client event takes a callback that gets one of these. */
export type Ack<T extends object> = (result: ({ ok: true } & T) | ({ ok: false } & SocketErrorBody)) => void;

export interface SessionStarted {
  sessionId: string;
  /** The `seq` of the first chunk. */
  nextSeq: number;
  limits: { chunkBytes: number; stallMs: number; idleMs: number };
}

export interface AudioReceived {
  /** Highest `seq` that the server has taken over. */
  received: number;
}

export interface FinalTranscript {
  /** Numbers the finals of a session from 1, without gaps. */
  eventId: number;
  utterance: string;
  text: string;
  start: number;
  end: number;
  language: string;
}

export interface ClientToServerEvents {
  'session:start': (options: SessionStart, ack?: Ack<SessionStarted>) => void;
  audio: (header: AudioHeader, bytes: ArrayBuffer | Uint8Array, ack?: Ack<AudioReceived>) => void;
  'session:end': (end: SessionEnd, ack?: Ack<object>) => void;
  /** Original event: recorder chunks, as bytes or as base64 text. The first one makes a session. */
  transcription: (chunk: ArrayBuffer | Uint8Array | string) => void;
  /** Original event: label of the session. */
  lectureId: (id: string) => void;
}

export interface ServerToClientEvents {
  speech: (event: { state: 'start' | 'end'; at: number }) => void;
  'transcript:final': (final: FinalTranscript) => void;
  'session:state': (event: { state: 'live' | 'failover' }) => void;
  'session:error': (error: SocketErrorBody) => void;
  'session:done': (event: { lastEventId: number; samples: number; finals: number }) => void;
  /** Original event: the text of each final, in order. */
  transitionResult: (text: string) => void;
}
