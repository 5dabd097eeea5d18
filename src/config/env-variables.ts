import { z } from 'zod';
import { Secret } from './secret.js';

/** Building blocks of the schema: every variable states its default, its bounds and, in `description`, what it does. */

export function durationMs(
  fallback: number,
  description: string,
  bounds: { min?: number; max?: number } = {},
) {
  return z.coerce
    .number()
    .int()
    .min(bounds.min ?? 1)
    .max(bounds.max ?? 86_400_000)
    .default(fallback)
    .meta({ description });
}

export function optionalDurationMs(description: string) {
  return z.coerce.number().int().min(1).max(86_400_000).optional().meta({ description });
}

export function count(fallback: number, description: string, bounds: { min?: number; max?: number } = {}) {
  return z.coerce
    .number()
    .int()
    .min(bounds.min ?? 1)
    .max(bounds.max ?? 1_000_000)
    .default(fallback)
    .meta({ description });
}

export function optionalPort(description: string) {
  return z.coerce.number().int().min(0).max(65_535).optional().meta({ description });
}

export function sizeBytes(fallback: number, description: string) {
  return z.coerce.number().int().min(1024).max(1_073_741_824).default(fallback).meta({ description });
}

export function text(fallback: string, description: string) {
  return z.string().default(fallback).meta({ description });
}

export function optionalText(description: string) {
  return z.string().optional().meta({ description });
}

export function optionalSecret(description: string) {
  return z
    .string()
    .transform((value) => new Secret(value))
    .optional()
    .meta({ description });
}

export function httpUrl(fallback: string, description: string) {
  return z
    .url({ protocol: /^https?$/ })
    .default(fallback)
    .meta({ description });
}

export function optionalHttpUrl(description: string) {
  return z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description });
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  fallback: T[number],
  description: string,
) {
  return z.enum(values).default(fallback).meta({ description });
}

export function optionalOneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  description: string,
) {
  return z.enum(values).optional().meta({ description });
}

/** Comma-separated values; blanks around them and empty entries are ignored. */
export function list<T extends string>(
  fallback: string,
  description: string,
  entry: z.ZodType<T, string>,
  bounds: { min?: number } = {},
) {
  return z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(entry).min(bounds.min ?? 0))
    .meta({ description });
}
