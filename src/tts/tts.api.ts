import { z } from 'zod';
import { CONTENT_TYPES } from '../audio/encoding/audio-format.js';
import type { AnswerDescription, RouteDescription } from '../common/api-description/describe.decorator.js';
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  TooLargeError,
} from '../common/errors/caller-errors.js';
import { PreconditionFailedError, RangeNotSatisfiableError } from '../common/errors/http-errors.js';
import { PROVIDER_ERRORS } from '../common/errors/provider-errors.js';
import { ShuttingDownError } from '../common/errors/session-errors.js';
import type { ClipBody } from './clips/clips.service.js';
import type { Voice } from './speech-synthesizer.js';

/** What the OpenAPI document says of text to speech. */

const SPEECH_ERRORS = [
  InvalidInputError,
  TooLargeError,
  RateLimitedError,
  ShuttingDownError,
  ...PROVIDER_ERRORS,
] as const;

const AUDIO = Object.fromEntries(Object.values(CONTENT_TYPES).map((type) => [type, 'binary' as const]));

const SPEECH: AnswerDescription = {
  description: 'The audio in the format that was asked for, chunk by chunk as it is spoken.',
  content: AUDIO,
  headers: {
    'X-TTS-Provider': 'The engine or service that spoke.',
    'X-TTS-Fallback':
      'Only when another provider stepped in: the one that should have spoken, the code and the reason.',
    'X-TTS-Cache': '`hit`: from the disk. `join`: a call that was under way. `miss`.',
    'Server-Timing': '`upstream` or `cache`: from the request to the first byte, in ms.',
  },
};
const PART: AnswerDescription = { description: 'The range of a speech that is kept.', content: AUDIO };

const voices = z
  .array(
    z.object({
      id: z.string(),
      language: z.string().optional(),
      languages: z.array(z.string()).readonly().optional(),
      licence: z.string().optional().describe("Of the voice's data."),
      speakers: z.number().optional().describe('How many there are, each named `ID:NUMBER`.'),
    }) satisfies z.ZodType<Voice>,
  )
  .readonly();
const voiceList = z
  .object({
    provider: z.string().describe('The provider that speaks unless it fails.'),
    voices,
    fallback: z
      .array(z.object({ provider: z.string(), voices }))
      .describe('Those that step in, in this order.'),
  })
  .meta({
    examples: [{ provider: 'espeak', voices: [{ id: 'nova' }, { id: 'ko', language: 'ko' }], fallback: [] }],
  });
export type VoiceList = z.output<typeof voiceList>;

export const TTS = {
  post: { summary: 'Speaks a text', answers: { 200: SPEECH }, errors: SPEECH_ERRORS },
  head: {
    summary: 'Checks a speech',
    description: 'Nothing is spoken. The length is told when the speech is kept.',
    answers: { 200: { ...SPEECH, description: 'The headers of the speech.' } },
    errors: [InvalidInputError, TooLargeError],
  },
  get: {
    summary: 'Speaks a text, for audio elements',
    headers: { Range: 'A range of a speech that is kept.' },
    answers: { 200: SPEECH, 206: PART },
    errors: [...SPEECH_ERRORS, NotFoundError, RangeNotSatisfiableError],
  },
  voices: {
    summary: 'Lists the voices',
    answers: { 200: { description: 'The voices.', content: { 'application/json': voiceList } } },
    errors: PROVIDER_ERRORS,
  },
} satisfies Record<string, RouteDescription>;

const clip = z
  .object({
    id: z.string(),
    url: z.string().describe("Relative to the server's address. Whoever has it may play it until expiresAt."),
    expiresAt: z.iso.datetime(),
  })
  .meta({
    examples: [
      {
        id: '6f1c2d',
        url: '/tts/clips/6f1c2d?expires=1795710264&signature=Zm9v',
        expiresAt: '2026-11-27T12:00:00.000Z',
      },
    ],
  }) satisfies z.ZodType<ClipBody>;

export const CLIPS = {
  create: {
    summary: 'Speaks a text into a file with an address of its own',
    answers: { 201: { description: 'The clip.', content: { 'application/json': clip } } },
    errors: SPEECH_ERRORS,
  },
  play: {
    summary: 'Plays a clip',
    description: 'The signed address is the permission: no key is needed.',
    headers: { Range: 'One range.', 'If-None-Match': 'The ETag of the copy that the player has.' },
    answers: {
      200: { description: 'The clip.', content: AUDIO, headers: { ETag: 'The version of the file.' } },
      206: { description: 'The range of the clip.', content: AUDIO },
      304: { description: 'The player has it.' },
    },
    errors: [
      InvalidInputError,
      ForbiddenError,
      NotFoundError,
      PreconditionFailedError,
      RangeNotSatisfiableError,
    ],
  },
} satisfies Record<string, RouteDescription>;

const speechEvents = z.union([
  z.object({ type: z.literal('speech.audio.delta'), audio: z.base64() }),
  z.object({
    type: z.literal('speech.audio.done'),
    usage: z.object({ input_tokens: z.number(), output_tokens: z.number(), total_tokens: z.number() }),
  }),
]);

export const OPENAI_SPEECH: RouteDescription = {
  summary: "OpenAI's speech",
  answers: {
    200: {
      ...SPEECH,
      content: {
        ...AUDIO,
        'text/event-stream': z
          .array(speechEvents)
          .meta({
            examples: [
              [
                { type: 'speech.audio.delta', audio: 'SUQzBAAAAAAA' },
                { type: 'speech.audio.done', usage: { input_tokens: 4, output_tokens: 0, total_tokens: 4 } },
              ],
            ],
          })
          .describe('With `stream_format: "sse"`: server-sent events; `data` is one line of JSON.'),
      },
    },
  },
  errors: SPEECH_ERRORS,
};
