import { z } from 'zod';
import { AUDIO_FORMATS } from '../../audio/encoding/audio-format.js';
import {
  inputSchema,
  instructionsSchema,
  nameSchema,
  speedSchema,
  type SpeechInput,
} from '../speech-input.js';

/** Body of `POST /v1/audio/speech`, as OpenAI defines it. Fields that we do not know pass, so that newer SDKs work. */
export const openAiSpeechSchema = z
  .object({
    input: inputSchema,
    model: nameSchema,
    voice: z.union([nameSchema, z.object({ id: nameSchema }).transform(({ id }) => id)], {
      error: 'voice must be a string or an object with an id.',
    }),
    response_format: z.enum(AUDIO_FORMATS).default('mp3'),
    speed: speedSchema.default(1),
    instructions: instructionsSchema.optional(),
    stream_format: z.enum(['audio', 'sse']).default('audio'),
  })
  .meta({ examples: [{ input: 'The window is open.', model: 'tts-1', voice: 'nova' }] });

export type OpenAiSpeechInput = z.output<typeof openAiSpeechSchema>;

export function toSpeechInput(body: OpenAiSpeechInput): SpeechInput {
  const { input, model, voice, response_format: format, speed, instructions } = body;
  return {
    input,
    model,
    voice,
    format,
    speed,
    ...(instructions !== undefined && { instructions }),
    store: true,
  };
}
