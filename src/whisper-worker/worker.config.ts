import { z } from 'zod';
import { availableParallelism } from 'node:os';
import { processConfig, type ProcessEnv } from '../config/process.config.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { endpointOf, lacksKey, openAiConfig, type OpenAiEnv } from '../openai/openai.config.js';
import { loggingConfig } from '../logging/logging.config.js';
import { modelsConfig, type ModelsEnv } from '../models/models.config.js';
import { configSlice, type ConfigOf, type EnvOf } from '../config/config-slice.js';
import {
  count,
  durationMs,
  oneOf,
  optionalHttpUrl,
  optionalSecret,
  optionalText,
  sizeBytes,
  text,
} from '../config/env-variables.js';
import { bringsProvider } from '../config/profile.js';

/** Committed with the sources: real captions need no download. */
const DEFAULT_MODEL = 'whisper-base';
const DEFAULT_OPENAI_MODEL = 'whisper-1';
/** What `WHISPER_MODEL` said before there was a real model; still in people's settings. */
const FORMER_NAME = 'demo';

const variables = {
  WHISPER_WORKER_HOST: text(
    '127.0.0.1',
    'address the worker listens on; one that is not loopback needs WHISPER_TOKEN',
  ),
  WHISPER_WORKER_PORT: count(8_081, 'port of a worker started on its own; 0 takes a free one', {
    min: 0,
    max: 65_535,
  }),
  WHISPER_TOKEN: optionalSecret('shared with the workers; embedded: generated at each start'),
  WHISPER_CONNECT_TIMEOUT_MS: durationMs(5_000, 'dial and hello of one worker connection'),
  WHISPER_ENGINE: oneOf(
    ['sherpa', 'openai', 'fake'],
    'sherpa',
    'recogniser behind the worker; openai: any /v1/audio/transcriptions server, e.g. speaches or vLLM on a GPU',
  ),
  WHISPER_MODEL: bringsProvider(
    optionalText(
      `name of a folder in MODELS_DIR, or a path; default: what \`npm run models -- use\` chose, or else ${DEFAULT_MODEL}, which comes with Parley`,
    ),
  ),
  WHISPER_CHOICE_MS: durationMs(
    2_000,
    'how often a worker without WHISPER_MODEL looks which model was chosen',
    { min: 50 },
  ),
  WHISPER_LANGUAGE: text('en', 'language of sessions that name none'),
  WHISPER_OPENAI_BASE_URL: optionalHttpUrl('for WHISPER_ENGINE=openai; default: OPENAI_BASE_URL'),
  WHISPER_OPENAI_API_KEY: optionalSecret('for WHISPER_ENGINE=openai, instead of OPENAI_API_KEY'),
  WHISPER_LANES: count(0, 'decodes at once; 0: one per core', { min: 0, max: 64 }),
  WHISPER_LANES_PER_HOST: count(
    1,
    'decodes at once in one engine process; more share a loaded model but extract features one after the other',
    { max: 64 },
  ),
  WHISPER_MAX_RECOGNISERS: count(
    4,
    'loaded models that an engine process keeps: one for each model, and one more for each decode at once in another language; the one used longest ago goes first',
    { max: 64 },
  ),
  WHISPER_DECODE_TIMEOUT_MS: durationMs(30_000, 'an engine process that decodes for longer is ended'),
  WHISPER_LOAD_TIMEOUT_MS: durationMs(120_000, 'an engine process that loads one model for longer is ended'),
  WHISPER_HUNG_MS: durationMs(
    10_000,
    'a process of the worker (embedded worker, engine process) without a sign of life for so long is killed and started again; three times as long while it starts',
    { min: 200 },
  ),
  WHISPER_MAX_UNREAD_BYTES: sizeBytes(
    1_048_576,
    'what a worker and a gateway hold for each other per session while the other side does not read; beyond it the connection is cut',
  ),
  WHISPER_INTERIM_MS: durationMs(500, 'least time between two interim transcripts of a session', {
    min: 100,
  }),
  WHISPER_MAX_SESSIONS: count(64, 'connections of one worker; beyond it it answers 4429'),
  WHISPER_MAX_BACKGROUND_SESSIONS: count(
    8,
    'recordings that one worker transcribes at once, beside its live sessions',
  ),
  WHISPER_QUEUE_LIMIT: count(256, 'utterances that may wait for a lane'),
  MAX_UTTERANCE_MS: durationMs(20_000, 'longest utterance; below the 30 s that Whisper decodes at once', {
    min: 1_000,
    max: 28_000,
  }),
  VAD_SILENCE_MS: durationMs(500, 'silence that ends an utterance; a fifth less behind a whole sentence', {
    min: 50,
    max: 5_000,
  }),
  VAD_MAX_SILENCE_MS: durationMs(1_200, 'silence that ends an utterance in the middle of a sentence', {
    min: 50,
    max: 5_000,
  }),
  VAD_MIN_SPEECH_MS: durationMs(100, 'shortest speech that counts', { max: 2_000 }),
  VAD_PRE_ROLL_MS: durationMs(300, 'audio kept before speech', { min: 0, max: 2_000 }),
  VAD_THRESHOLD: z.coerce
    .number()
    .min(0.01)
    .max(0.99)
    .default(0.5)
    .meta({ description: 'speech probability from which the detector says speech' }),
} as const;

export type WorkerEnv = EnvOf<typeof variables>;

/** The Whisper worker, which the gateway knows as well, for it may start one and must fit any. */
export const workerConfig = configSlice(
  'worker',
  'Whisper worker',
  variables,
  (env: WorkerEnv & ModelsEnv & OpenAiEnv & ProcessEnv) => {
    const openai = endpointOf(env, {
      apiKey: env.WHISPER_OPENAI_API_KEY,
      baseUrl: env.WHISPER_OPENAI_BASE_URL,
    });
    if (env.NODE_ENV === 'production' && env.WHISPER_ENGINE === 'fake')
      throw new ConfigError('WHISPER_ENGINE must not be fake in production');
    if (env.WHISPER_ENGINE === 'openai' && lacksKey(openai)) {
      throw new ConfigError(
        'WHISPER_ENGINE=openai needs WHISPER_OPENAI_API_KEY or OPENAI_API_KEY, or WHISPER_OPENAI_BASE_URL of a server without keys',
      );
    }
    const usesFormerName = env.WHISPER_ENGINE !== 'openai' && env.WHISPER_MODEL === FORMER_NAME;
    const defaultModel = env.WHISPER_ENGINE === 'openai' ? DEFAULT_OPENAI_MODEL : DEFAULT_MODEL;
    return {
      host: env.WHISPER_WORKER_HOST,
      port: env.WHISPER_WORKER_PORT,
      token: env.WHISPER_TOKEN,
      /** Wait for a connection's hello. */
      helloTimeoutMs: env.WHISPER_CONNECT_TIMEOUT_MS,
      engine: env.WHISPER_ENGINE,
      /** Of WHISPER_ENGINE=openai: as its server calls it. Else a folder, by name or path. */
      model: usesFormerName ? DEFAULT_MODEL : (env.WHISPER_MODEL ?? defaultModel),
      /** No variable names the model: what was chosen by command or in the console counts, and `model` where nothing was. */
      followsChoice: env.WHISPER_ENGINE === 'sherpa' && env.WHISPER_MODEL === undefined,
      choiceMs: env.WHISPER_CHOICE_MS,
      /** `WHISPER_MODEL` has a name that nothing has any more. */
      usesFormerName,
      language: env.WHISPER_LANGUAGE,
      modelsDir: fromProject(env.MODELS_DIR),
      openai,
      lanes: env.WHISPER_LANES || availableParallelism(),
      lanesPerHost: env.WHISPER_LANES_PER_HOST,
      maxRecognisers: env.WHISPER_MAX_RECOGNISERS,
      decodeTimeoutMs: env.WHISPER_DECODE_TIMEOUT_MS,
      loadTimeoutMs: env.WHISPER_LOAD_TIMEOUT_MS,
      hungMs: env.WHISPER_HUNG_MS,
      maxUnreadBytes: env.WHISPER_MAX_UNREAD_BYTES,
      interimMs: env.WHISPER_INTERIM_MS,
      maxSessions: env.WHISPER_MAX_SESSIONS,
      maxBackgroundSessions: env.WHISPER_MAX_BACKGROUND_SESSIONS,
      queueLimit: env.WHISPER_QUEUE_LIMIT,
      maxUtteranceMs: env.MAX_UTTERANCE_MS,
      vad: {
        silenceMs: env.VAD_SILENCE_MS,
        maxSilenceMs: env.VAD_MAX_SILENCE_MS,
        minSpeechMs: env.VAD_MIN_SPEECH_MS,
        preRollMs: env.VAD_PRE_ROLL_MS,
        threshold: env.VAD_THRESHOLD,
      },
    };
  },
);

/** All that a worker's process reads. */
export const WORKER_SLICES = [
  processConfig,
  loggingConfig,
  openAiConfig,
  modelsConfig,
  workerConfig,
] as const;

export type WorkerConfig = ReturnType<typeof workerConfig>;
export type WorkerProcessConfig = ConfigOf<typeof WORKER_SLICES>;
