import type { Profile } from './profile.js';
import { configSlice, type EnvOf } from './config-slice.js';
import { durationMs, oneOf, optionalText } from './env-variables.js';

const variables = {
  NODE_ENV: oneOf(
    ['development', 'test', 'production'],
    'development',
    'production: nothing falls back silently',
  ),
  PROFILE: oneOf(
    ['auto', 'demo', 'standard'],
    'auto',
    'demo: scripted chat, espeak voice. auto: demo outside production when no provider is configured',
  ),
  SHUTDOWN_GRACE_MS: durationMs(
    5_000,
    'how long open streams and utterances may take to finish after SIGTERM',
  ),
  SHUTDOWN_NOTICE_MS: durationMs(
    0,
    'how long after SIGTERM /health/ready says 503 before new work is refused; a load balancer needs the interval of its probe',
    { min: 0 },
  ),
  PARLEY_ENV_FILE: optionalText(
    'set in the environment only: file to read instead of .env in the project; none: no file',
  ),
} as const;

/** `PROFILE` as it was decided for the whole process. */
export type ProcessEnv = Omit<EnvOf<typeof variables>, 'PROFILE'> & { readonly PROFILE: Profile };

/** What gateway and worker know of the process they are. */
export const processConfig = configSlice('process', 'Process', variables, (env: ProcessEnv) => ({
  isProduction: env.NODE_ENV === 'production',
  profile: env.PROFILE,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  shutdownNoticeMs: env.SHUTDOWN_NOTICE_MS,
}));
