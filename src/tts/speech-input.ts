import { z } from 'zod';
import { AUDIO_FORMATS } from '../audio/encoding/audio-format.js';

const speedSchema = z.number().min(0.25).max(4);

const fields = {
  /** Its length is judged by the service: too long is 413, not 400. */
  input: z.string().refine((input) => input.trim() !== '', 'input must not be blank.'),
  voice: z.string().trim().min(1).max(128).optional(),
  model: z.string().trim().min(1).max(128).optional(),
  format: z.enum(AUDIO_FORMATS).default('mp3'),
  speed: speedSchema.default(1),
  instructions: z.string().max(4_096).optional(),
  /** BCP 47. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/)
    .optional(),
};

/** Body of `POST /tts`. A field that we do not know is refused: a misspelt option must not be paid for. */
export const speechBodySchema = z.strictObject(fields);

/** Query of `GET /tts`, where everything is a string. */
export const speechQuerySchema = z.strictObject({
  ...fields,
  speed: z.coerce.number().pipe(speedSchema).default(1),
});

export type SpeechInput = z.output<typeof speechBodySchema>;
