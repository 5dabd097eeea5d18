import { z } from 'zod';
import { AUDIO_CODECS } from '../audio/audio-decoder.js';
import type { SocketErrorBody } from '../common/errors/error-body.js';
import { vadOptionsSchema } from '../whisper-protocol/messages.js';

/**
 * The Socket.io contract of live transcription (docs/api/transcription.md), shared by server, tests and page. Positions
 * (`start`, `end`, `at`) are samples at 16 kHz since the start of the session.
 */

export const resumeSchema = z.strictObject({
  sessionId: z.string().min(1).max(128),
  /** The `resumeToken` of the first start. */
  token: z.string().min(1).max(128),
  /** The last final that was seen: those after it are sent again. */
  lastEventId: z.number().int().nonnegative().default(0),
});

/** No engine honours these yet. They are refused instead of ignored. */
const notHonoured = z
  .custom<undefined>((value) => value === undefined, 'No speech engine of this server honours this option.')
  .optional();

export const sessionStartSchema = z.strictObject({
  v: z.literal(1),
  /** Goes on with an earlier session on this connection; everything else but `v` is ignored then. */
  resume: resumeSchema.optional(),
  format: z
    .strictObject({
      codec: z.enum(AUDIO_CODECS),
      sampleRate: z.number().int().min(8_000).max(48_000).optional(),
      channels: z.number().int().min(1).max(8).optional(),
    })
    .default({ codec: 'auto' }),
  /** ISO 639-1, or `auto`: decided once, by the first utterance with words. */
  language: z
    .string()
    .refine(
      (value) => /^(?:[a-z]{2,3}|auto)$/.test(value),
      'language must be a code of ISO 639-1 without a region, such as en or ko, or auto.',
    )
    .optional(),
  task: z.enum(['transcribe', 'translate']).optional(),
  /** Send `transcript:interim`. Default: no. */
  interim: z.boolean().optional(),
  /** Word times in finals, where the model has them. Default: no. */
  words: z.boolean().optional(),
  model: notHonoured,
  prompt: notHonoured,
  hotwords: notHonoured,
  vad: vadOptionsSchema.optional(),
  /** The caller's own name for the session, e.g. a lecture's id. */
  label: z.string().max(200).optional(),
});
export type SessionStart = z.input<typeof sessionStartSchema>;

export const audioHeaderSchema = z.object({
  /** Number of the chunk, from 1, without gaps. */
  seq: z.number().int().min(1),
});
export type AudioHeader = z.output<typeof audioHeaderSchema>;

export const lectureIdSchema = z.string().min(1).max(200);

export const sessionEndSchema = z
  .strictObject({ lastSeq: z.number().int().nonnegative().optional() })
  .default({});
export type SessionEnd = z.input<typeof sessionEndSchema>;

/** Every client event takes a callback that gets one of these. */
export type Ack<T extends object> = (result: ({ ok: true } & T) | ({ ok: false } & SocketErrorBody)) => void;

export interface SessionStarted {
  sessionId: string;
  /** Whoever holds it may resume the session. */
  resumeToken: string;
  /** The `seq` of the next chunk: 1, or where a resumed session stopped hearing. */
  nextSeq: number;
  /** See `AudioReceived.durable`. */
  durableSeq: number;
  /** The last final of the session; those after `resume.lastEventId` are sent. */
  lastEventId: number;
  /** Bytes that may be sent now. */
  credit: number;
  /** While all workers are full: the place in the queue. Audio is taken all the same. */
  queued?: QueuePlace;
  limits: {
    chunkBytes: number;
    stallMs: number;
    idleMs: number;
    /** How long the session outlives its connection. */
    resumeMs: number;
    maxSessionMs: number;
  };
}

export interface AudioReceived {
  /** Highest `seq` that the server has taken over. */
  received: number;
  /**
   * Highest `seq` that will never be needed again, even by another server that is given the header of the recording: its samples
   * are all covered by stored finals or were judged silent. In containers it moves where a decoder could begin.
   */
  durable: number;
  /** Bytes that may be sent before chunks are refused with `rate_limited`. */
  credit: number;
}

export interface QueuePlace {
  /** From 1. */
  position: number;
  /** An estimate. */
  etaMs: number;
}

export interface TranscriptWord {
  word: string;
  start: number;
  end: number;
}

/** The open utterance so far. Latest wins; the first `stable` characters never change. */
export interface InterimTranscript {
  utterance: string;
  /** Counts the interims of the utterance from 1. */
  revision: number;
  text: string;
  stable: number;
  start: number;
  end: number;
  language: string;
}

export interface FinalTranscript {
  /** Numbers the finals of a session from 1, without gaps. */
  eventId: number;
  utterance: string;
  text: string;
  start: number;
  end: number;
  language: string;
  words?: TranscriptWord[];
  /** 0 to 1, where the engine says so. */
  confidence?: number;
  /** From the arrival of the utterance's last sample at this server to its text. */
  latencyMs?: number;
}

export interface SessionSummary {
  lastEventId: number;
  samples: number;
  finals: number;
}

export type SessionState = 'live' | 'failover' | 'draining';
/** How full the inbox is: `stop` means that the next chunk may be refused. */
export type FlowState = 'ok' | 'slow' | 'stop';

export interface ClientToServerEvents {
  'session:start': (options: SessionStart, ack?: Ack<SessionStarted>) => void;
  audio: (header: AudioHeader, bytes: ArrayBuffer | Uint8Array, ack?: Ack<AudioReceived>) => void;
  'session:end': (end: SessionEnd, ack?: Ack<AudioReceived>) => void;
  /** Original event: recorder chunks, as bytes or as base64 text. The first one makes a session. */
  transcription: (chunk: ArrayBuffer | Uint8Array | string) => void;
  /** Original event: label of the session. */
  lectureId: (id: string) => void;
}

/**
 * Names the session that an event belongs to. Words of a session that was ended keep coming when the next one has begun on the
 * same socket: a client passes over the events of sessions that it has left.
 */
export interface OfSession {
  sessionId: string;
}

export interface ServerToClientEvents {
  speech: (event: OfSession & { state: 'start' | 'end'; at: number }) => void;
  'transcript:interim': (interim: OfSession & InterimTranscript) => void;
  'transcript:final': (final: OfSession & FinalTranscript) => void;
  'session:queued': (place: OfSession & QueuePlace) => void;
  'session:flow': (flow: OfSession & { state: FlowState; credit: number }) => void;
  'session:state': (event: OfSession & { state: SessionState }) => void;
  /** Without `sessionId` when there is no session: what an original client sends did not begin one. */
  'session:error': (error: Partial<OfSession> & SocketErrorBody) => void;
  'session:done': (event: OfSession & SessionSummary) => void;
  /** Original event: the text of each final, in order. */
  transitionResult: (text: string) => void;
}
