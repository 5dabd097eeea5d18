import { availableParallelism } from 'node:os';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs } from '../config/env-variables.js';

const variables = {
  TTS_SHERPA_HOSTS: count(
    0,
    'processes of neural voices at most; 0: half the cores, at least one and at most 4',
    {
      min: 0,
      max: 64,
    },
  ),
  TTS_SHERPA_THREADS: count(1, 'threads of one synthesis', { max: 64 }),
  TTS_SHERPA_VOICES: count(
    2,
    'voices that a process keeps loaded, 150 to 400 MB each; the one used longest ago gives way',
    { max: 64 },
  ),
  TTS_SHERPA_MAX_SPEECHES: count(
    16,
    'speeches of neural voices at once, which share the processes sentence by sentence; beyond it callers get 503 overloaded',
    { max: 1_024 },
  ),
  TTS_SHERPA_LOAD_TIMEOUT_MS: durationMs(
    60_000,
    'longest time for loading a voice; then its process is killed',
  ),
  TTS_SHERPA_SENTENCE_TIMEOUT_MS: durationMs(
    15_000,
    'longest time for a sentence; then its process is killed',
  ),
  TTS_SHERPA_STOP_MS: durationMs(
    1_000,
    'a sentence that nobody wants any more has so long to end; then its process is killed',
    { max: 60_000 },
  ),
  TTS_SHERPA_HUNG_MS: durationMs(10_000, 'a process that gives no sign of life for so long is killed'),
} as const;

type VoicesEnv = EnvOf<typeof variables>;

/** The processes of the neural voices. */
export const voicesConfig = configSlice('voices', 'Neural voices', variables, (env: VoicesEnv) => ({
  hosts: env.TTS_SHERPA_HOSTS || Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))),
  threads: env.TTS_SHERPA_THREADS,
  maxVoices: env.TTS_SHERPA_VOICES,
  maxSpeeches: env.TTS_SHERPA_MAX_SPEECHES,
  loadTimeoutMs: env.TTS_SHERPA_LOAD_TIMEOUT_MS,
  sentenceTimeoutMs: env.TTS_SHERPA_SENTENCE_TIMEOUT_MS,
  stopMs: env.TTS_SHERPA_STOP_MS,
  hungMs: env.TTS_SHERPA_HUNG_MS,
}));
