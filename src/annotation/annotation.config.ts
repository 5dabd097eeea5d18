import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs } from '../config/env-variables.js';

const variables = {
  ANNOTATION_PARALLEL: count(4, 'words of one job explained at once', { max: 64 }),
  ANNOTATION_MAX_WORDS: count(50, 'words to explain in one job'),
  ANNOTATION_MAX_WAITING: count(16, 'jobs of one client that may wait behind the one that runs'),
  ANNOTATION_MAX_CONCURRENT: count(32, 'jobs of all clients at once; beyond it they get overloaded'),
  ANNOTATION_TIMEOUT_MS: durationMs(30_000, 'longest wait for the explanation of a word'),
} as const;

export const annotationConfig = configSlice(
  'annotation',
  'Annotation',
  variables,
  (env: EnvOf<typeof variables>) => ({
    parallel: env.ANNOTATION_PARALLEL,
    maxWords: env.ANNOTATION_MAX_WORDS,
    maxWaiting: env.ANNOTATION_MAX_WAITING,
    maxConcurrent: env.ANNOTATION_MAX_CONCURRENT,
    timeoutMs: env.ANNOTATION_TIMEOUT_MS,
  }),
);
