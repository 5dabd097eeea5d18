import type { ProcessEnv } from '../config/process.config.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { oneOf, optionalOneOf } from '../config/env-variables.js';

const variables = {
  LOG_LEVEL: oneOf(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'least level that is logged',
  ),
  LOG_FORMAT: optionalOneOf(['json', 'pretty'], 'default: json in production, else pretty'),
} as const;

export const loggingConfig = configSlice(
  'logging',
  'Logging',
  variables,
  (env: EnvOf<typeof variables> & ProcessEnv) => ({
    level: env.LOG_LEVEL,
    format: env.LOG_FORMAT ?? (env.NODE_ENV === 'production' ? 'json' : 'pretty'),
  }),
);
