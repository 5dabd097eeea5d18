import { z } from 'zod';
import type { GatewayDescription, RouteDescription } from '../common/api-description/describe.decorator.js';
import { positionSchema } from '../common/captions/interim.js';
import { InvalidInputError, NotFoundError } from '../common/errors/caller-errors.js';
import {
  audioHeaderSchema,
  audioReceivedSchema,
  finalSchema,
  lectureIdSchema,
  SERVER_EVENTS,
  sessionEndSchema,
  sessionStartedSchema,
  sessionStartSchema,
} from './events.js';
import type { SessionsBody } from './transcripts/sessions-body.js';
import type { toTranscriptBody } from './transcripts/transcript-format.js';

/** What the API documents say of live transcription. */

const summary = {
  sessionId: z.string(),
  label: z.string().nullable(),
  state: z.enum(['live', 'ended', 'failed']),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  samples: positionSchema.nullable().describe('Length of the audio that was heard; null while it is live.'),
  durationMs: z.number().nullable(),
};

const SUMMARY_EXAMPLE = {
  sessionId: 'b1f2',
  label: 'lecture 7',
  state: 'ended',
  createdAt: '2026-11-26T12:00:00.000Z',
  endedAt: '2026-11-26T12:00:05.000Z',
  samples: 80_000,
  durationMs: 5_000,
};

const sessions = z
  .object({
    sessions: z.array(
      z.object({
        ...summary,
        finalCount: z.number().int(),
        missingBytes: z.number().int().describe('Compressed audio that was dropped.'),
      }),
    ),
    next: z.string().nullable().describe('after of the next page; null on the last one.'),
  })
  .meta({
    examples: [{ sessions: [{ ...SUMMARY_EXAMPLE, finalCount: 1, missingBytes: 0 }], next: null }],
  }) satisfies z.ZodType<SessionsBody>;

const transcript = z
  .object({
    ...summary,
    text: z.string().describe('The finals, joined.'),
    finals: z.array(finalSchema.extend({ startMs: z.number(), endMs: z.number() })),
    gaps: z.array(z.object({ at: positionSchema, bytes: z.number().int() })),
  })
  .meta({
    examples: [
      {
        ...SUMMARY_EXAMPLE,
        text: 'Good morning.',
        finals: [
          {
            eventId: 1,
            utterance: 'u1',
            text: 'Good morning.',
            start: 8_000,
            end: 24_000,
            language: 'en',
            startMs: 500,
            endMs: 1_500,
          },
        ],
        gaps: [],
      },
    ],
  }) satisfies z.ZodType<ReturnType<typeof toTranscriptBody>>;

export const LIST_SESSIONS: RouteDescription = {
  summary: 'Lists sessions, newest first',
  answers: { 200: { description: 'A page of sessions.', content: { 'application/json': sessions } } },
  errors: [InvalidInputError],
};

export const READ_SESSION: RouteDescription = {
  summary: 'Reads the transcript of a session',
  description: 'Readable while the session is live. `format` decides, else `Accept`.',
  answers: {
    200: {
      description: 'The transcript.',
      content: {
        'application/json': transcript,
        'text/plain': z.string(),
        'application/x-subrip': z.string(),
        'text/vtt': z.string(),
      },
    },
  },
  errors: [InvalidInputError, NotFoundError],
};

const SERVER_SUMMARIES: Record<keyof typeof SERVER_EVENTS, string> = {
  speech: 'Somebody begins or stops to speak.',
  'transcript:interim': 'The open utterance so far. The latest replaces the ones before.',
  'transcript:final': 'An utterance, complete. It is stored before it is sent and never changes.',
  'session:queued': 'All workers are full: the place in the queue.',
  'session:flow': 'How full the inbox of the session is.',
  'session:state': 'A worker was lost or is going to stop, or another one has taken over.',
  'session:error': 'Why a session ends early, or what was wrong with an original event.',
  'session:done': 'Every sample is covered by a final or was judged silent. The last event of a session.',
  transitionResult: 'Original event. The text of each final, in order.',
};

export const TRANSCRIPTION_EVENTS: GatewayDescription = {
  fromClient: {
    'session:start': {
      summary: 'Begins a session, or goes on with one.',
      payload: sessionStartSchema,
      acknowledgement: sessionStartedSchema,
    },
    audio: {
      summary: 'A chunk: the header, and the bytes as a second argument.',
      payload: audioHeaderSchema,
      acknowledgement: audioReceivedSchema,
    },
    'session:end': {
      summary: 'No more audio will come.',
      payload: sessionEndSchema,
      acknowledgement: audioReceivedSchema,
    },
    transcription: {
      summary:
        'Original event. A recorder chunk as bytes, base64 text or data URL. The header of a recording begins a session.',
      payload: z
        .union([z.string(), z.looseObject({})])
        .meta({ examples: ['data:audio/webm;codecs=opus;base64,GkXfo59ChoEB'] }),
    },
    lectureId: { summary: 'Original event. The label of the session.', payload: lectureIdSchema },
  },
  fromServer: Object.fromEntries(
    Object.entries(SERVER_EVENTS).map(([name, payload]) => [
      name,
      { summary: SERVER_SUMMARIES[name as keyof typeof SERVER_EVENTS], payload },
    ]),
  ),
};
