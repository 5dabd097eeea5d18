import { z } from 'zod';
import { interimSchema, positionSchema as position } from '../common/captions/interim.js';

/**
 * The WebSocket protocol between gateway and Whisper worker (docs/api/whisper-protocol.md): one socket per session, dialled by
 * the gateway. Binary frames are PCM (s16le, 16 kHz, mono, even length) without a header: the position of a sample is `start`
 * plus the samples sent before it. All positions are samples since the start of the session.
 */

export const PROTOCOL_VERSION = 1;

/** Largest binary frame. 64 kB are two seconds of audio. */
export const MAX_PCM_FRAME_BYTES = 65_536;

/** Largest text frame of either side. */
export const MAX_TEXT_FRAME_BYTES = 65_536;

export const CloseCode = {
  /** The hello was not understood, or asks for what the engine cannot do. */
  badOptions: 4400,
  badToken: 4401,
  /** No place for another session. The reason carries `retryAfterMs=N`. */
  full: 4429,
  restarting: 1012,
  /** Far more frames than audio needs. */
  tooFast: 1008,
  /** The engine failed or is not ready. */
  failed: 1011,
} as const;

/** Counts the connections of a session, from 0. */
const epoch = z.number().int().nonnegative();

/** How a session's audio is cut into utterances. Each default is the worker's. */
const vadOptionsSchema = z.strictObject({
  /** Probability from which audio counts as speech. Below 0.2 short pauses count as speech too. */
  threshold: z.number().min(0.1).max(0.95).optional(),
  /**
   * Silence that ends an utterance; without `maxSilenceMs` every one. By default the text decides: a whole sentence ends after less, and one
   * that is left open after more.
   */
  silenceMs: z.number().int().min(50).max(5_000).optional(),
  /** Silence that ends an utterance in the middle of a sentence. What is below `silenceMs` means the same as it. */
  maxSilenceMs: z.number().int().min(50).max(5_000).optional(),
  /** Audio kept before speech was noticed. */
  preRollMs: z.number().int().min(0).max(2_000).optional(),
  /** Less speech than this is a click. */
  minSpeechMs: z.number().int().min(1).max(2_000).optional(),
  /** Utterances are cut at their best pause before they grow longer. */
  maxUtteranceMs: z.number().int().min(1_000).max(28_000).optional(),
});

export const sessionOptionsSchema = z.strictObject({
  /** ISO 639-1, e.g. `ko`, or `auto`: decided once, by the first utterance with words. Default: the worker's. */
  language: z
    .string()
    .regex(/^(?:[a-z]{2,3}|auto)$/)
    .optional(),
  task: z.enum(['transcribe', 'translate']).optional(),
  /** Send `interim` messages. Default: no. */
  interim: z.boolean().optional(),
  /**
   * `steady` shows a word when it is likely to stay, `fast` as soon as it is heard; with `interim`. Default: `steady`.
   */
  captions: z.enum(['steady', 'fast']).optional(),
  /** Send word times with finals, where the model has them. Default: no. */
  words: z.boolean().optional(),
  vad: vadOptionsSchema.optional(),
});
export type SessionOptions = z.output<typeof sessionOptionsSchema>;

export const helloSchema = z.object({
  type: z.literal('hello'),
  v: z.literal(PROTOCOL_VERSION),
  token: z.string(),
  sessionId: z.string().min(1).max(128),
  /** Of the request that began the session, in the gateway. It is in what the worker logs of the session, so that one id finds both. */
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,128}$/)
    .optional(),
  /** Counts the connections of a session from 0. Every answer carries it, so that those of an earlier connection are known. */
  epoch,
  /** Position of the first sample that will be sent. */
  start: position,
  options: sessionOptionsSchema.default({}),
  /**
   * `background`: a recording that nobody listens to. Its decodes give way to those of live sessions, and it needs no place among them.
   * Default: `live`. A worker that does not know it treats all sessions as live.
   */
  priority: z.enum(['live', 'background']).default('live'),
  /** The span of the session, for a worker that traces: W3C Trace Context. What is none is passed over. */
  traceparent: z.string().max(512).optional(),
  /** Results of an earlier connection of the session. */
  context: z
    .object({
      /** The language that `auto` came to. */
      language: z
        .string()
        .regex(/^[a-z]{2,3}$/)
        .optional(),
    })
    .optional(),
});
export type Hello = z.input<typeof helloSchema>;

/** Gateway to worker, after the hello. `end`: no more audio will come. `stall`: none for now, finish the open utterance. */
export const gatewayMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('stall') }),
]);
export type GatewayMessage = z.output<typeof gatewayMessageSchema>;

export const wordSchema = z.object({ word: z.string(), start: position, end: position });

export const workerMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    epoch,
    worker: z.string(),
    model: z.string(),
    /** Samples that may be sent beyond the last `ack`. */
    window: position,
  }),
  /** Position up to which the worker has taken audio over. */
  z.object({ type: z.literal('ack'), epoch, received: position }),
  z.object({ type: z.literal('speech'), epoch, state: z.enum(['start', 'end']), at: position }),
  /** The utterance that is open, so far. Latest wins; the first `stable` characters never change. */
  interimSchema.extend({ type: z.literal('interim'), epoch }),
  z.object({
    type: z.literal('final'),
    epoch,
    /** Counts the finals of this connection from 1. */
    n: z.number().int().positive(),
    utterance: z.string(),
    text: z.string(),
    start: position,
    end: position,
    language: z.string(),
    words: z.array(wordSchema).optional(),
    /** 0 to 1, where the engine says so. */
    confidence: z.number().min(0).max(1).optional(),
    /** Everything before this position is silent or covered by finals. */
    commit: position,
  }),
  /** Audio up to here is silent. */
  z.object({ type: z.literal('commit'), epoch, commit: position }),
  /** Answer to `end`: `commit` equals the position of the last sample sent. */
  z.object({ type: z.literal('done'), epoch, commit: position }),
  /** The worker is going to stop: it closes with `restarting` at the next commit, or when its grace is over. */
  z.object({ type: z.literal('drain'), epoch }),
  z.object({ type: z.literal('error'), epoch, code: z.string(), retryable: z.boolean() }),
]);
export type WorkerMessage = z.output<typeof workerMessageSchema>;
export type FinalMessage = Extract<WorkerMessage, { type: 'final' }>;

/** The message of a text frame, or undefined when the schema does not accept it. */
export function parseFrame<S extends z.ZodType>(schema: S, frame: string): z.output<S> | undefined {
  try {
    const result = schema.safeParse(JSON.parse(frame));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
