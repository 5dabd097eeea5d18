import { availableParallelism } from 'node:os';
import type { TenantSharing } from '../common/limits/tenant-shares.js';
import { parseApiKeyEntry, type ApiKeyEntry } from './api-key-entry.js';
import type { Env, Feature, OmittableField } from './env.schema.js';
import { ConfigError } from './load-env.js';
import { fromProject } from './project-paths.js';
import { refuseOpenServer } from './refuse-open-server.js';
import type { Secret } from './secret.js';

export type Profile = 'demo' | 'standard';
export type TtsProvider = 'openai' | 'espeak' | 'fake';
export type ChatProvider = 'openai' | 'scripted';

/** How to reach one OpenAI-compatible service. */
export interface OpenAiEndpoint {
  baseUrl: string;
  /** Absent for local servers that want none. */
  apiKey: Secret | undefined;
  maxRetries: number;
  /** Longest wait before a request is repeated. */
  retryWaitMs: number;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
}

/**
 * The configuration as the code uses it: grouped, typed, with defaults and profile applied. Built once from the
 * environment; nothing outside `config/` reads `process.env`.
 */
export class AppConfig {
  readonly profile: Profile;
  readonly server;
  readonly auth;
  readonly tenantSharing: TenantSharing;
  readonly sockets;
  readonly tts;
  readonly audio;
  readonly chat;
  readonly annotation;
  readonly transcription;
  readonly worker;

  constructor(env: Env) {
    const isProduction = env.NODE_ENV === 'production';
    const openAiIsConfigured = (key: Secret | undefined, baseUrl: string | undefined): boolean =>
      key !== undefined || baseUrl !== undefined || env.OPENAI_API_KEY !== undefined;
    const anyProvider =
      openAiIsConfigured(env.TTS_API_KEY, env.TTS_BASE_URL) ||
      openAiIsConfigured(env.CHAT_API_KEY, env.CHAT_BASE_URL) ||
      [env.TTS_PROVIDER, env.CHAT_PROVIDER, env.WHISPER_MODEL].some((value) => value !== undefined) ||
      env.WHISPER_WORKERS.length > 0;

    this.profile = env.PROFILE === 'auto' ? (isProduction || anyProvider ? 'standard' : 'demo') : env.PROFILE;
    const isDemo = this.profile === 'demo';

    this.server = {
      isProduction,
      port: env.PORT,
      host: env.HOST,
      features: [...new Set(env.FEATURES)] as readonly Feature[],
      missingProvider: env.MISSING_PROVIDER ?? (isProduction ? 'boot-error' : 'unavailable'),
      logLevel: env.LOG_LEVEL,
      logFormat: env.LOG_FORMAT ?? (isProduction ? 'json' : 'pretty'),
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      bodyShape: { maxDepth: env.BODY_MAX_DEPTH, maxValues: env.BODY_MAX_VALUES },
      shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    } as const;

    this.auth = {
      keys: env.API_KEYS.map(parseApiKeyEntry) as readonly ApiKeyEntry[],
      corsOrigins: env.CORS_ORIGINS as readonly string[],
      allowLocalhostOrigins: isDemo,
      allowedHosts: env.ALLOWED_HOSTS as readonly string[],
    } as const;

    this.tenantSharing = {
      tenants: Math.max(1, new Set(this.auth.keys.map(({ tenantId }) => tenantId)).size),
      percent: env.TENANT_SHARE_PERCENT,
    };

    // A base64 text takes a third more than the bytes it carries.
    const maxPacketBytes = Math.ceil((env.TRANSCRIPTION_MAX_CHUNK_BYTES * 4) / 3) + 4_096;
    this.sockets = {
      connectTimeoutMs: env.SOCKET_CONNECT_TIMEOUT_MS,
      maxUnadmitted: env.SOCKET_MAX_UNADMITTED,
      maxConnections: env.SOCKET_MAX_CONNECTIONS,
      maxUnreadBytes: env.SOCKET_MAX_UNREAD_BYTES,
      /** Largest packet that is read. */
      maxPacketBytes,
      maxMessageBytes: Math.max(env.SOCKET_MAX_MESSAGE_BYTES, maxPacketBytes),
    } as const;

    const endpoint = (apiKey: Secret | undefined, baseUrl: string | undefined): OpenAiEndpoint => ({
      // A key of one service must not be sent to another: a base URL of its own comes with a key of its own, or none.
      apiKey: apiKey ?? (baseUrl === undefined ? env.OPENAI_API_KEY : undefined),
      baseUrl: baseUrl ?? env.OPENAI_BASE_URL,
      maxRetries: env.OPENAI_MAX_RETRIES,
      retryWaitMs: env.OPENAI_RETRY_WAIT_MS,
      connectTimeoutMs: env.OPENAI_CONNECT_TIMEOUT_MS,
      headersTimeoutMs: env.OPENAI_HEADERS_TIMEOUT_MS ?? 30_000,
    });

    this.tts = {
      provider: chooseProvider<TtsProvider>(
        env.TTS_PROVIDER,
        openAiIsConfigured(env.TTS_API_KEY, env.TTS_BASE_URL),
        isDemo ? 'espeak' : undefined,
      ),
      openai: endpoint(env.TTS_API_KEY, env.TTS_BASE_URL),
      defaultModel: env.TTS_MODEL,
      defaultVoice: env.TTS_VOICE,
      maxInputChars: env.TTS_MAX_INPUT_CHARS,
      maxConcurrent: env.TTS_MAX_CONCURRENT,
      idleTimeoutMs: env.TTS_IDLE_TIMEOUT_MS,
      stalledReaderMs: env.TTS_STALLED_READER_MS,
      espeakPath: env.ESPEAK_PATH,
      espeakMaxProcesses: env.ESPEAK_MAX_PROCESSES,
      fallback: env.TTS_FALLBACK as readonly TtsProvider[],
      serviceFormats: env.TTS_SERVICE_FORMATS,
      serviceMaxChars: env.TTS_SERVICE_MAX_CHARS,
      dir: fromProject(env.TTS_DIR),
      cacheBytes: env.TTS_CACHE_BYTES,
      cacheMaxAgeMs: env.TTS_CACHE_MAX_AGE_MS,
      entryBytes: env.TTS_ENTRY_BYTES,
      sharedBytes: env.TTS_SHARED_BYTES,
      clipsBytes: env.TTS_CLIPS_BYTES,
      clipTtlMs: env.TTS_CLIP_TTL_MS,
      urlSecret: env.TTS_URL_SECRET,
    } as const;

    this.audio = {
      ffmpegPath: env.FFMPEG_PATH,
      ffmpegMaxProcesses: env.FFMPEG_MAX_PROCESSES,
      maxFfmpegRecordings: env.TRANSCRIPTION_MAX_FFMPEG,
      maxRecordings: env.TRANSCRIPTION_MAX_RECORDINGS,
    } as const;

    this.chat = {
      provider: chooseProvider<ChatProvider>(
        env.CHAT_PROVIDER,
        openAiIsConfigured(env.CHAT_API_KEY, env.CHAT_BASE_URL),
        isDemo ? 'scripted' : undefined,
      ),
      openai: {
        ...endpoint(env.CHAT_API_KEY, env.CHAT_BASE_URL),
        headersTimeoutMs: env.CHAT_HEADERS_TIMEOUT_MS ?? env.OPENAI_HEADERS_TIMEOUT_MS ?? 300_000,
      },
      wholeTimeoutMs: env.CHAT_WHOLE_TIMEOUT_MS,
      omitFields: env.CHAT_OMIT_FIELDS as readonly OmittableField[],
      maxEventBytes: env.CHAT_MAX_EVENT_BYTES,
      maxWholeBytes: env.CHAT_MAX_WHOLE_BYTES,
      defaultModel: env.CHAT_MODEL,
      maxInputChars: env.CHAT_MAX_INPUT_CHARS,
      maxConcurrent: env.CHAT_MAX_CONCURRENT,
      headerDeadlineMs: env.CHAT_HEADER_DEADLINE_MS,
      firstTokenMs: env.CHAT_FIRST_TOKEN_MS,
      idleTimeoutMs: env.CHAT_IDLE_TIMEOUT_MS,
      heartbeatMs: env.CHAT_HEARTBEAT_MS,
      graceMs: env.CHAT_GRACE_MS,
      maxRunMs: env.CHAT_MAX_RUN_MS,
      maxOutputChars: env.CHAT_MAX_OUTPUT_CHARS,
      runLogBytes: env.CHAT_RUN_LOG_BYTES,
      keepRunMs: env.CHAT_KEEP_RUN_MS,
      maxKeptRuns: env.CHAT_MAX_KEPT_RUNS,
      stalledReaderMs: env.CHAT_STALLED_READER_MS,
    } as const;

    this.annotation = {
      parallel: env.ANNOTATION_PARALLEL,
      maxWords: env.ANNOTATION_MAX_WORDS,
      maxWaiting: env.ANNOTATION_MAX_WAITING,
      maxConcurrent: env.ANNOTATION_MAX_CONCURRENT,
      timeoutMs: env.ANNOTATION_TIMEOUT_MS,
    } as const;

    const model = env.WHISPER_MODEL ?? (isDemo ? 'demo' : undefined);
    this.transcription = {
      workers: env.WHISPER_WORKERS as readonly string[],
      /** Whether something can transcribe: workers elsewhere, or an engine for the embedded one. */
      isConfigured: env.WHISPER_WORKERS.length > 0 || model !== undefined || env.WHISPER_ENGINE !== 'sherpa',
      token: env.WHISPER_TOKEN,
      connectTimeoutMs: env.WHISPER_CONNECT_TIMEOUT_MS,
      silentTimeoutMs: env.WHISPER_SILENT_TIMEOUT_MS,
      failoverMs: env.WHISPER_FAILOVER_MS,
      discoveryMs: env.WHISPER_DISCOVERY_MS,
      maxSessions: env.TRANSCRIPTION_MAX_SESSIONS,
      maxPerCaller: env.TRANSCRIPTION_MAX_PER_CALLER,
      maxSessionMs: env.TRANSCRIPTION_MAX_SESSION_MS,
      resumeMs: env.TRANSCRIPTION_RESUME_MS,
      queueLimit: env.TRANSCRIPTION_QUEUE_LIMIT,
      queueMs: env.TRANSCRIPTION_QUEUE_MS,
      maxUnread: env.TRANSCRIPTION_MAX_UNREAD,
      maxChunkBytes: env.TRANSCRIPTION_MAX_CHUNK_BYTES,
      inboxBytes: env.TRANSCRIPTION_INBOX_BYTES,
      ringMs: env.TRANSCRIPTION_RING_MS,
      stallMs: env.TRANSCRIPTION_STALL_MS,
      idleTimeoutMs: env.TRANSCRIPTION_IDLE_TIMEOUT_MS,
      keepMs: env.TRANSCRIPTION_KEEP_MS,
      maxKept: env.TRANSCRIPTION_MAX_KEPT,
    } as const;

    this.worker = {
      host: env.WHISPER_WORKER_HOST,
      port: env.WHISPER_WORKER_PORT,
      token: env.WHISPER_TOKEN,
      engine: env.WHISPER_ENGINE,
      model,
      language: env.WHISPER_LANGUAGE,
      modelsDir: fromProject(env.MODELS_DIR),
      modelsMirror: env.MODELS_MIRROR,
      openai: endpoint(env.WHISPER_OPENAI_API_KEY, env.WHISPER_OPENAI_BASE_URL),
      lanes: env.WHISPER_LANES || availableParallelism(),
      lanesPerHost: env.WHISPER_LANES_PER_HOST,
      maxRecognisers: env.WHISPER_MAX_RECOGNISERS,
      decodeTimeoutMs: env.WHISPER_DECODE_TIMEOUT_MS,
      loadTimeoutMs: env.WHISPER_LOAD_TIMEOUT_MS,
      hungMs: env.WHISPER_HUNG_MS,
      maxUnreadBytes: env.WHISPER_MAX_UNREAD_BYTES,
      interimMs: env.WHISPER_INTERIM_MS,
      maxSessions: env.WHISPER_MAX_SESSIONS,
      queueLimit: env.WHISPER_QUEUE_LIMIT,
      maxUtteranceMs: env.MAX_UTTERANCE_MS,
      vad: {
        silenceMs: env.VAD_SILENCE_MS,
        minSpeechMs: env.VAD_MIN_SPEECH_MS,
        preRollMs: env.VAD_PRE_ROLL_MS,
        threshold: env.VAD_THRESHOLD,
      },
    } as const;

    this.refuseUnsafe(isProduction);
  }

  /**
   * For the gateway, before it starts: in production no feature goes without a provider unless `MISSING_PROVIDER` allows it.
   * @throws ConfigError that names the variables of every such feature
   */
  refuseMissingProviders(): void {
    if (this.server.missingProvider !== 'boot-error') return;
    const missing = this.missingProviders();
    if (missing.length === 0) return;
    const lines = missing.map((line) => `  ${line}`).join('\n');
    throw new ConfigError(
      `Features without a provider (set one, or leave the feature out of FEATURES):\n${lines}`,
    );
  }

  /** Each feature without a provider, and the variables that bring one. */
  missingProviders(): string[] {
    const { features } = this.server;
    return [
      features.includes('tts') &&
        this.tts.provider === undefined &&
        'tts: OPENAI_API_KEY, TTS_BASE_URL or TTS_PROVIDER',
      features.includes('chat') &&
        this.chat.provider === undefined &&
        'chat: OPENAI_API_KEY, CHAT_BASE_URL or CHAT_PROVIDER',
      features.includes('transcription') &&
        !this.transcription.isConfigured &&
        'transcription: WHISPER_MODEL, WHISPER_WORKERS or WHISPER_ENGINE=openai',
    ].filter((line) => line !== false);
  }

  private refuseUnsafe(isProduction: boolean): void {
    refuseOpenServer(this);
    if (isProduction && (this.tts.provider === 'fake' || this.worker.engine === 'fake')) {
      throw new ConfigError('TTS_PROVIDER and WHISPER_ENGINE must not be fake in production');
    }
    if (this.worker.engine === 'openai' && lacksKey(this.worker.openai)) {
      throw new ConfigError(
        'WHISPER_ENGINE=openai needs WHISPER_OPENAI_API_KEY or OPENAI_API_KEY, or WHISPER_OPENAI_BASE_URL of a server without keys',
      );
    }
    if (this.transcription.ringMs < this.worker.maxUtteranceMs + 10_000) {
      throw new ConfigError('TRANSCRIPTION_RING_MS must exceed MAX_UTTERANCE_MS by 10000 at least');
    }
  }
}

function chooseProvider<T extends string>(
  named: T | undefined,
  openAi: boolean,
  demo: T | undefined,
): T | undefined {
  return named ?? (openAi ? ('openai' as T) : demo);
}

/** OpenAI itself answers nobody without a key. */
function lacksKey({ apiKey, baseUrl }: OpenAiEndpoint): boolean {
  return apiKey === undefined && new URL(baseUrl).hostname === 'api.openai.com';
}
