import { z } from 'zod';
import { interimSchema, positionSchema } from '../common/captions/interim.js';
import type { SocketErrorBody } from '../common/errors/error-body.js';
import { socketErrorSchema } from '../common/api-description/error-schemas.js';

/**
 * The Socket.io contract of live transcription (docs/api/transcription.md), shared by server, tests and page, and the source of
 * `/asyncapi.json`. Positions (`start`, `end`, `at`) are samples at 16 kHz since the start of the session.
 */

const count = z.number().int().nonnegative();

const resumeSchema = z.strictObject({
  sessionId: z.string().min(1).max(128),
  token: z.string().min(1).max(128).describe('The resumeToken of the first start.'),
  lastEventId: count.default(0).describe('The last final that was seen: those after it are sent again.'),
});

/** No engine honours these yet. They are refused instead of ignored. */
const notHonoured = z
  .custom<undefined>((value) => value === undefined, 'No speech engine of this server honours this option.')
  .optional();

/** What a client may declare. `auto` sniffs the container; raw PCM cannot be sniffed and has to be declared. */
const CODECS = ['auto', 'webm', 'ogg', 'wav', 'mp4', 'aac', 'mp3', 'flac', 's16le', 'f32le'] as const;

/** How a session's audio is cut into utterances. Each default is the worker's. */
const vadSchema = z.strictObject({
  threshold: z
    .number()
    .min(0.1)
    .max(0.95)
    .optional()
    .describe('Probability from which the detector says speech.'),
  silenceMs: z
    .number()
    .int()
    .min(50)
    .max(5_000)
    .optional()
    .describe('Silence that ends an utterance; without maxSilenceMs every one.'),
  maxSilenceMs: z
    .number()
    .int()
    .min(50)
    .max(5_000)
    .optional()
    .describe('Silence that ends an utterance in the middle of a sentence.'),
  preRollMs: z.number().int().min(0).max(2_000).optional().describe('Audio kept before speech was noticed.'),
  minSpeechMs: z.number().int().min(1).max(2_000).optional().describe('Less speech than this is a click.'),
  maxUtteranceMs: z
    .number()
    .int()
    .min(1_000)
    .max(28_000)
    .optional()
    .describe('Utterances are cut at their best pause before they grow longer.'),
});

export const sessionStartSchema = z
  .strictObject({
    v: z.literal(1),
    resume: resumeSchema
      .optional()
      .describe('Goes on with an earlier session on this connection; everything else but v is ignored then.'),
    format: z
      .strictObject({
        codec: z.enum(CODECS),
        sampleRate: z.number().int().min(8_000).max(48_000).optional(),
        channels: z.number().int().min(1).max(8).optional(),
      })
      .default({ codec: 'auto' }),
    language: z
      .string()
      .refine(
        (value) => /^(?:[a-z]{2,3}|auto)$/.test(value),
        'language must be a code of ISO 639-1 without a region, such as en or ko, or auto.',
      )
      .optional()
      .describe('ISO 639-1, or auto: decided once, by the first utterance with words.'),
    task: z.enum(['transcribe', 'translate']).optional(),
    interim: z.boolean().optional().describe('Send transcript:interim. Default: no.'),
    captions: z
      .enum(['steady', 'fast'])
      .optional()
      .describe(
        'When transcript:interim shows a word: steady, when it is likely to stay, or fast, as soon as it is heard. Default: steady.',
      ),
    words: z.boolean().optional().describe('Word times in finals, where the model has them. Default: no.'),
    model: notHonoured,
    prompt: notHonoured,
    hotwords: notHonoured,
    vad: vadSchema.optional(),
    traceparent: z
      .string()
      .max(512)
      .optional()
      .describe(
        "The span of the caller (W3C Trace Context), where the handshake's is not the one. What is none is passed over.",
      ),
    label: z
      .string()
      .max(200)
      .optional()
      .describe("The caller's own name for the session, e.g. a lecture's id."),
  })
  .meta({ examples: [{ v: 1, format: { codec: 'webm' }, language: 'auto', interim: true }] });
export type SessionStart = z.input<typeof sessionStartSchema>;

export const audioHeaderSchema = z
  .object({
    seq: z.number().int().min(1).describe('Number of the chunk, from 1, without gaps.'),
  })
  .meta({ examples: [{ seq: 1 }] });
export type AudioHeader = z.output<typeof audioHeaderSchema>;

export const lectureIdSchema = z
  .string()
  .min(1)
  .max(200)
  .meta({ examples: ['lecture 7'] });

export const sessionEndSchema = z
  .strictObject({ lastSeq: count.optional() })
  .default({})
  .meta({ examples: [{ lastSeq: 12 }] });
export type SessionEnd = z.input<typeof sessionEndSchema>;

/** Every client event takes a callback that gets one of these. */
export type Ack<T extends object> = (result: ({ ok: true } & T) | ({ ok: false } & SocketErrorBody)) => void;

const queuePlaceSchema = z.object({
  position: z.number().int().positive(),
  etaMs: z.number().nonnegative().describe('An estimate.'),
});
export type QueuePlace = z.output<typeof queuePlaceSchema>;

const credit = z.number().describe('Bytes that may be sent before chunks are refused with rate_limited.');

export const sessionStartedSchema = z.object({
  sessionId: z.string(),
  resumeToken: z.string().describe('Whoever holds it may resume the session.'),
  nextSeq: z
    .number()
    .int()
    .min(1)
    .describe('The seq of the next chunk: 1, or where a resumed session stopped hearing.'),
  durableSeq: count.describe('See durable in the acknowledgement of audio.'),
  lastEventId: count.describe('The last final of the session; those after resume.lastEventId are sent.'),
  credit,
  queued: queuePlaceSchema
    .optional()
    .describe('While all workers are full: the place in the queue. Audio is taken all the same.'),
  limits: z.object({
    chunkBytes: z.number(),
    stallMs: z.number(),
    idleMs: z.number(),
    resumeMs: z.number().describe('How long the session outlives its connection.'),
    maxSessionMs: z.number(),
  }),
});
export type SessionStarted = z.output<typeof sessionStartedSchema>;

export const audioReceivedSchema = z.object({
  received: count.describe('Highest seq that the server has taken over.'),
  durable: count.describe(
    'Highest seq that will never be needed again, even by another server that is given the header of the recording: its samples are all covered by stored finals or were judged silent. In containers it moves where a decoder could begin.',
  ),
  credit,
});
export type AudioReceived = z.output<typeof audioReceivedSchema>;

/** The open utterance so far. Latest wins; the first `stable` characters never change. */
export type InterimTranscript = z.output<typeof interimSchema>;

export const finalSchema = z.object({
  eventId: z.number().int().min(1).describe('Numbers the finals of a session from 1, without gaps.'),
  utterance: z.string(),
  text: z.string(),
  start: positionSchema,
  end: positionSchema,
  language: z.string(),
  words: z.array(z.object({ word: z.string(), start: positionSchema, end: positionSchema })).optional(),
  confidence: z.number().min(0).max(1).optional().describe('Where the engine says so.'),
  latencyMs: z
    .number()
    .optional()
    .describe("From the arrival of the utterance's last sample at this server to its text."),
});
export type FinalTranscript = z.output<typeof finalSchema>;

const sessionSummarySchema = z.object({ lastEventId: count, samples: positionSchema, finals: count });
export type SessionSummary = z.output<typeof sessionSummarySchema>;

const sessionState = z.enum(['live', 'failover', 'draining']);
export type SessionState = z.output<typeof sessionState>;

const flowState = z
  .enum(['ok', 'slow', 'stop'])
  .describe('How full the inbox is. stop: the next chunk may be refused.');
export type FlowState = z.output<typeof flowState>;

/**
 * Names the session that an event belongs to. Words of a session that was ended keep coming when the next one has begun on the
 * same socket: a client passes over the events of sessions that it has left.
 */
const ofSession = z.object({
  sessionId: z.string().describe('Pass over the events of sessions that you have left.'),
});
export type OfSession = z.output<typeof ofSession>;

const sessionId = 'b1f2';

/** Payloads of what the server sends, by event. */
export const SERVER_EVENTS = {
  speech: ofSession
    .extend({ state: z.enum(['start', 'end']), at: positionSchema })
    .meta({ examples: [{ sessionId, state: 'start', at: 8_000 }] }),
  'transcript:interim': ofSession.extend(interimSchema.shape).meta({
    examples: [
      {
        sessionId,
        utterance: 'u1',
        revision: 2,
        text: 'Good mor',
        stable: 5,
        start: 8_000,
        end: 20_000,
        language: 'en',
      },
    ],
  }),
  'transcript:final': ofSession.extend(finalSchema.shape).meta({
    examples: [
      {
        sessionId,
        eventId: 1,
        utterance: 'u1',
        text: 'Good morning.',
        start: 8_000,
        end: 24_000,
        language: 'en',
      },
    ],
  }),
  'session:queued': ofSession
    .extend(queuePlaceSchema.shape)
    .meta({ examples: [{ sessionId, position: 2, etaMs: 4_000 }] }),
  'session:flow': ofSession
    .extend({ state: flowState, credit })
    .meta({ examples: [{ sessionId, state: 'slow', credit: 262_144 }] }),
  'session:state': ofSession
    .extend({ state: sessionState })
    .meta({ examples: [{ sessionId, state: 'failover' }] }),
  /** Without `sessionId` when there is no session: what an original client sends did not begin one. */
  'session:error': ofSession
    .partial()
    .extend(socketErrorSchema.shape)
    .meta({
      examples: [
        { sessionId, code: 'worker_unavailable', message: 'No worker can be reached.', retryable: true },
      ],
    }),
  'session:done': ofSession
    .extend(sessionSummarySchema.shape)
    .meta({ examples: [{ sessionId, lastEventId: 1, samples: 80_000, finals: 1 }] }),
  /** Original event: the text of each final, in order. */
  transitionResult: z.string().meta({ examples: ['Good morning.'] }),
};

export type ServerToClientEvents = {
  [Event in keyof typeof SERVER_EVENTS]: (payload: z.output<(typeof SERVER_EVENTS)[Event]>) => void;
};

export interface ClientToServerEvents {
  'session:start': (options: SessionStart, ack?: Ack<SessionStarted>) => void;
  audio: (header: AudioHeader, bytes: ArrayBuffer | Uint8Array, ack?: Ack<AudioReceived>) => void;
  'session:end': (end: SessionEnd, ack?: Ack<AudioReceived>) => void;
  /** Original event: recorder chunks, as bytes or as base64 text. The first one makes a session. */
  transcription: (chunk: ArrayBuffer | Uint8Array | string) => void;
  /** Original event: label of the session. */
  lectureId: (id: string) => void;
}
