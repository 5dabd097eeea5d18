import type { ConfigType } from '@nestjs/config';
import type { processConfig } from '../../../config/process.config.js';
import type { loggingConfig } from '../../../logging/logging.config.js';
import type { workerConfig } from '../../../whisper-worker/worker.config.js';

/** The slices of the gateway that its worker is told of. */
export interface EmbeddedWorkerConfig {
  process: ConfigType<typeof processConfig>;
  logging: ConfigType<typeof loggingConfig>;
  worker: ConfigType<typeof workerConfig>;
}

/**
 * The environment of an embedded Whisper worker: what it needs and no more, so that no provider key and no caller's hash
 * is in the process that runs native code. It reads no `.env` for the same reason. Port 0: the worker reports the one it got.
 */
export function workerEnvironment(config: EmbeddedWorkerConfig, token: string): NodeJS.ProcessEnv {
  const { worker, logging } = config;
  const { PATH, NODE_ENV, NODE_EXTRA_CA_CERTS } = process.env;
  return {
    PATH,
    PARLEY_ENV_FILE: 'none',
    NODE_ENV,
    PROFILE: config.process.profile,
    LOG_LEVEL: logging.level,
    LOG_FORMAT: logging.format,
    SHUTDOWN_GRACE_MS: String(config.process.shutdownGraceMs),
    // Where a certificate of the machine's own counts, it counts in the child too.
    NODE_EXTRA_CA_CERTS,
    WHISPER_CONNECT_TIMEOUT_MS: String(worker.helloTimeoutMs),
    WHISPER_TOKEN: token,
    WHISPER_WORKER_HOST: '127.0.0.1',
    WHISPER_WORKER_PORT: '0',
    WHISPER_ENGINE: worker.engine,
    // Without a name of its own the worker follows what is chosen while it runs.
    WHISPER_MODEL: worker.followsChoice ? undefined : worker.model,
    WHISPER_CHOICE_MS: String(worker.choiceMs),
    WHISPER_LANGUAGE: worker.language,
    MODELS_DIR: worker.modelsDir,
    WHISPER_OPENAI_BASE_URL: worker.engine === 'openai' ? worker.openai.baseUrl : undefined,
    WHISPER_OPENAI_API_KEY: worker.engine === 'openai' ? worker.openai.apiKey?.reveal() : undefined,
    OPENAI_MAX_RETRIES: String(worker.openai.maxRetries),
    OPENAI_RETRY_WAIT_MS: String(worker.openai.retryWaitMs),
    OPENAI_CONNECT_TIMEOUT_MS: String(worker.openai.connectTimeoutMs),
    OPENAI_HEADERS_TIMEOUT_MS: String(worker.openai.headersTimeoutMs),
    WHISPER_LANES: String(worker.lanes),
    WHISPER_LANES_PER_HOST: String(worker.lanesPerHost),
    WHISPER_MAX_RECOGNISERS: String(worker.maxRecognisers),
    WHISPER_DECODE_TIMEOUT_MS: String(worker.decodeTimeoutMs),
    WHISPER_LOAD_TIMEOUT_MS: String(worker.loadTimeoutMs),
    WHISPER_HUNG_MS: String(worker.hungMs),
    WHISPER_MAX_UNREAD_BYTES: String(worker.maxUnreadBytes),
    WHISPER_INTERIM_MS: String(worker.interimMs),
    WHISPER_MAX_SESSIONS: String(worker.maxSessions),
    WHISPER_MAX_BACKGROUND_SESSIONS: String(worker.maxBackgroundSessions),
    WHISPER_QUEUE_LIMIT: String(worker.queueLimit),
    MAX_UTTERANCE_MS: String(worker.maxUtteranceMs),
    VAD_SILENCE_MS: String(worker.vad.silenceMs),
    VAD_MAX_SILENCE_MS: String(worker.vad.maxSilenceMs),
    VAD_MIN_SPEECH_MS: String(worker.vad.minSpeechMs),
    VAD_PRE_ROLL_MS: String(worker.vad.preRollMs),
    VAD_THRESHOLD: String(worker.vad.threshold),
  };
}
