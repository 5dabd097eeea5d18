import { z } from 'zod';
import { isSpeakable } from '../common/text/speakable.js';
import { AUDIO_FORMATS } from '../audio/encoding/audio-format.js';

export const speedSchema = z.number().min(0.25).max(4);

/**
 * Half of a surrogate pair becomes the replacement character, as UTF-8 wants. Its length is judged by the service: too long is 413, not
 * 400.
 */
export const inputSchema = z
  .string()
  .transform((input) => Buffer.from(input, 'utf8').toString('utf8'))
  .refine((input) => input.trim() !== '', 'input must not be blank.')
  .refine(isSpeakable, 'input holds no letter and no digit, so there is nothing to speak.');

/** Name of a voice or of a model. */
export const nameSchema = z.string().trim().min(1).max(128);

export const instructionsSchema = z.string().max(4_096);

const fields = {
  input: inputSchema,
  voice: nameSchema.optional(),
  model: nameSchema.optional(),
  format: z.enum(AUDIO_FORMATS).default('mp3'),
  speed: speedSchema.default(1),
  instructions: instructionsSchema.optional(),
  /** BCP 47. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/)
    .optional(),
  store: z.boolean().default(true),
};

/** Body of `POST /tts`. A field that we do not know is refused: a misspelt option must not be paid for. */
export const speechBodySchema = z
  .strictObject(fields)
  .meta({ examples: [{ input: 'The window is open.', voice: 'nova', format: 'mp3' }] });

/** Query of `GET /tts`, where everything is a string. */
export const speechQuerySchema = z.strictObject({
  ...fields,
  speed: z.coerce.number().pipe(speedSchema).default(1),
  store: z
    .enum(['true', 'false'])
    .default('true')
    .transform((store) => store === 'true'),
});

export type SpeechInput = z.output<typeof speechBodySchema>;
