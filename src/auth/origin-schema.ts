import { z } from 'zod';

const MESSAGE = 'must be an origin such as https://app.example';

/** Scheme, host and perhaps a port, brought into the form in which browsers send it. */
export const originSchema = z
  .string()
  .regex(/^https?:\/\/[^/\s?#@]+\/?$/i, MESSAGE)
  .refine((value) => URL.canParse(value), MESSAGE)
  .transform((value) => new URL(value).origin);
