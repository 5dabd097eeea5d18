import { z } from 'zod';
import { configSlice, type EnvOf } from './config/config-slice.js';
import { list } from './config/env-variables.js';

export const FEATURES = ['tts', 'chat', 'transcription'] as const;
export type Feature = (typeof FEATURES)[number];

const variables = {
  FEATURES: list(
    'tts,chat,transcription',
    'modules to start; the others are not even loaded',
    z.enum(FEATURES),
    { min: 1 },
  ),
} as const;

/** What the gateway is composed of. */
export const appConfig = configSlice('app', 'Server', variables, (env: EnvOf<typeof variables>) => ({
  features: [...new Set(env.FEATURES)],
}));
