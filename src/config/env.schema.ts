import { z } from 'zod';
import { apiKeyEntrySchema } from './api-key-entry.js';
import {
  count,
  durationMs,
  httpUrl,
  list,
  oneOf,
  optionalDurationMs,
  optionalHttpUrl,
  optionalOneOf,
  optionalSecret,
  optionalText,
  sizeBytes,
  text,
} from './env-variables.js';

export const FEATURES = ['tts', 'chat', 'transcription'] as const;
export type Feature = (typeof FEATURES)[number];

/** What a chat completion can do without, for models and services that refuse it. */
export const OMITTABLE_FIELDS = [
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'stream_options',
] as const;
export type OmittableField = (typeof OMITTABLE_FIELDS)[number];

const ORIGIN_MESSAGE = 'must be an origin such as https://app.example';
/** Scheme, host and perhaps a port, brought into the form in which browsers send it. */
const originSchema = z
  .string()
  .regex(/^https?:\/\/[^/\s?#@]+\/?$/i, ORIGIN_MESSAGE)
  .refine((value) => URL.canParse(value), ORIGIN_MESSAGE)
  .transform((value) => new URL(value).origin);
/** As a Host header has it. */
const hostSchema = z
  .string()
  .regex(/^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i, 'must be a host name such as voice.example')
  .transform((value) => value.toLowerCase());
const workerUrlSchema = z
  .string()
  .regex(/^wss?:\/\/[^\s]+$/, 'must be a WebSocket URL such as ws://whisper-worker:8081/ws');

/**
 * Every variable that Parley reads, by group, in the order of `.env.example` and of docs/configuration.md. An empty value
 * counts as unset.
 */
export const envGroups = {
  Server: {
    NODE_ENV: oneOf(
      ['development', 'test', 'production'],
      'development',
      'production: nothing falls back silently',
    ),
    PROFILE: oneOf(
      ['auto', 'demo', 'standard'],
      'auto',
      'demo: scripted chat, espeak voice, demo speech models. auto: demo outside production when no provider is configured',
    ),
    PORT: count(3000, 'port of the gateway; 0 takes a free one', { min: 0, max: 65_535 }),
    HOST: text('127.0.0.1', 'address to listen on; one that is not loopback needs API_KEYS'),
    FEATURES: list(
      'tts,chat,transcription',
      'modules to start; the others are not even loaded',
      z.enum(FEATURES),
      { min: 1 },
    ),
    MISSING_PROVIDER: optionalOneOf(
      ['boot-error', 'unavailable'],
      'a feature without a provider stops the boot, or answers 503 provider_unconfigured (default: boot-error in production, else unavailable)',
    ),
    LOG_LEVEL: oneOf(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
      'least level that is logged',
    ),
    LOG_FORMAT: optionalOneOf(['json', 'pretty'], 'default: json in production, else pretty'),
    BODY_LIMIT_BYTES: sizeBytes(1_048_576, 'largest JSON body accepted'),
    BODY_MAX_DEPTH: count(64, 'objects and arrays inside one another that a JSON body may have', {
      min: 8,
      max: 1_000,
    }),
    BODY_MAX_VALUES: count(20_000, 'fields and items in all that a JSON body may have', { min: 1_000 }),
    SHUTDOWN_GRACE_MS: durationMs(
      5_000,
      'how long open streams and utterances may take to finish after SIGTERM',
    ),
    PARLEY_ENV_FILE: optionalText(
      'set in the environment only: file to read instead of .env in the project; none: no file',
    ),
  },
  'Who may call': {
    API_KEYS: list(
      '',
      'tenant:sha256-of-key pairs, made with `npm run api-key -- TENANT`; empty: only loopback is served, without a key',
      apiKeyEntrySchema,
    ),
    CORS_ORIGINS: list(
      '',
      'origins of web pages that may call, e.g. https://app.example; the demo profile adds every localhost origin',
      originSchema,
    ),
    ALLOWED_HOSTS: list(
      '',
      'Host headers accepted, e.g. voice.example; other names than loopback need API_KEYS; empty: loopback names without API_KEYS, any with them',
      hostSchema,
    ),
    TENANT_SHARE_PERCENT: count(
      75,
      'with several tenants in API_KEYS: what one of them may hold at most of a limit that all share (places, kept bytes); the rest is kept for the others',
      { max: 100 },
    ),
  },
  Sockets: {
    SOCKET_CONNECT_TIMEOUT_MS: durationMs(
      10_000,
      'a connection that has not shown a valid key for this long is closed',
      { min: 100 },
    ),
    SOCKET_MAX_UNADMITTED: count(
      1_000,
      'connections that have not shown a valid key yet; beyond it the one that has waited longest is closed',
    ),
    SOCKET_MAX_CONNECTIONS: count(5_000, 'connections at once, shared by the tenants; beyond it overloaded'),
    SOCKET_MAX_MESSAGE_BYTES: sizeBytes(
      16_777_216,
      'largest message that is answered at all, with too_large; a larger one closes the connection',
    ),
    SOCKET_MAX_UNREAD_BYTES: sizeBytes(
      4_194_304,
      'what a client may leave unread before its connection is closed; its session can be resumed',
    ),
  },
  'OpenAI-compatible services': {
    OPENAI_API_KEY: optionalSecret(
      'key for every feature that has none of its own and no base URL of its own: a key is never sent to another service',
    ),
    OPENAI_BASE_URL: httpUrl(
      'https://api.openai.com/v1',
      'base URL for every feature that has none of its own',
    ),
    OPENAI_MAX_RETRIES: count(
      2,
      'tries again of a request that was surely not begun (no connection, 429, 503 with Retry-After); 0 for a speech service with a fallback',
      { min: 0, max: 10 },
    ),
    OPENAI_RETRY_WAIT_MS: durationMs(
      2_000,
      'longest wait before such a try; a service that asks for more is not asked again',
    ),
    OPENAI_CONNECT_TIMEOUT_MS: durationMs(5_000, 'wait for a connection, each try'),
    OPENAI_HEADERS_TIMEOUT_MS: optionalDurationMs(
      'wait for the answer to begin, all tries; default: 30000 for speech, 300000 for a streamed chat answer',
    ),
  },
  'Text to speech': {
    TTS_PROVIDER: optionalOneOf(
      ['openai', 'espeak', 'fake'],
      'default: openai when a key or TTS_BASE_URL is set, espeak in the demo profile',
    ),
    TTS_API_KEY: optionalSecret('instead of OPENAI_API_KEY'),
    TTS_BASE_URL: optionalHttpUrl('instead of OPENAI_BASE_URL, e.g. a local Kokoro-FastAPI'),
    TTS_MODEL: text('tts-1-hd', 'model when the caller names none'),
    TTS_VOICE: text('nova', 'voice when the caller names none'),
    TTS_FALLBACK: list(
      '',
      'providers to try in this order when TTS_PROVIDER fails before the first byte, e.g. espeak',
      z.enum(['openai', 'espeak', 'fake']),
    ),
    TTS_SERVICE_FORMATS: list(
      'mp3,opus,aac,flac,wav,pcm',
      'formats the OpenAI-compatible service has, pcm always among them; the others are made of it',
      z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']),
    ),
    TTS_SERVICE_MAX_CHARS: count(
      4_096,
      'longest text of one call to the OpenAI-compatible service; a longer one is split at sentence ends and joined',
      { min: 50 },
    ),
    TTS_MAX_INPUT_CHARS: count(50_000, 'longest text of one request'),
    TTS_MAX_CONCURRENT: count(64, 'syntheses at once; beyond it callers get 503 overloaded'),
    TTS_IDLE_TIMEOUT_MS: durationMs(20_000, 'longest silence of the provider in the middle of a stream'),
    TTS_STALLED_READER_MS: durationMs(
      300_000,
      'a listener that takes nothing of what waits for it for this long is cut off and its place is free',
    ),
    ESPEAK_PATH: optionalText(
      'espeak-ng binary, or npm for the npm-supplied build; default: espeak-ng on PATH, else the npm-supplied build',
    ),
    ESPEAK_MAX_PROCESSES: count(8, 'espeak processes at once; beyond it callers get 503 overloaded', {
      max: 256,
    }),
    TTS_DIR: text('var/tts', 'folder of cached speeches and clips; a relative path counts from the project'),
    TTS_CACHE_BYTES: count(268_435_456, 'cached speeches in all; 0 switches the cache off', {
      min: 0,
      max: 1_099_511_627_776,
    }),
    TTS_CACHE_MAX_AGE_MS: durationMs(604_800_000, 'how long a speech stays in the cache', {
      max: 31_536_000_000,
    }),
    TTS_ENTRY_BYTES: sizeBytes(16_777_216, 'largest speech that is cached, kept as a clip or joined late'),
    TTS_SHARED_BYTES: sizeBytes(134_217_728, 'memory for speeches that are being shared or are to be cached'),
    TTS_CLIPS_BYTES: sizeBytes(268_435_456, 'clips in all; beyond it callers get 503 overloaded'),
    TTS_CLIP_TTL_MS: durationMs(3_600_000, 'how long a clip and its signed address live'),
    TTS_URL_SECRET: optionalSecret(
      'signs the addresses of clips; default: made up at each start, so clips end with the process',
    ),
  },
  Audio: {
    FFMPEG_PATH: optionalText('ffmpeg binary; default: ffmpeg on PATH, else the npm-supplied one'),
    FFMPEG_MAX_PROCESSES: count(
      16,
      'ffmpeg processes that encode speech at once; beyond it callers get 503 overloaded',
      { max: 256 },
    ),
  },
  Chat: {
    CHAT_PROVIDER: optionalOneOf(
      ['openai', 'scripted'],
      'default: openai when a key or CHAT_BASE_URL is set, scripted in the demo profile',
    ),
    CHAT_API_KEY: optionalSecret('instead of OPENAI_API_KEY'),
    CHAT_BASE_URL: optionalHttpUrl('instead of OPENAI_BASE_URL, e.g. a local Ollama'),
    CHAT_MODEL: text('gpt-4o-mini', 'model when the caller names none'),
    CHAT_OMIT_FIELDS: list(
      '',
      'fields that no model of the service takes; max_tokens and max_completion_tokens stand in for each other. What is not named is learnt from a refusal, once per model',
      z.enum(OMITTABLE_FIELDS),
    ),
    CHAT_HEADERS_TIMEOUT_MS: optionalDurationMs(
      'instead of OPENAI_HEADERS_TIMEOUT_MS: a local engine loads its model before a streamed answer begins',
    ),
    CHAT_WHOLE_TIMEOUT_MS: durationMs(
      600_000,
      'wait for an answer of /v1 that is not streamed: it begins when it is complete',
    ),
    CHAT_MAX_EVENT_BYTES: sizeBytes(4_194_304, 'largest single event of a streamed answer'),
    CHAT_MAX_WHOLE_BYTES: sizeBytes(16_777_216, 'largest answer that is not streamed'),
    CHAT_MAX_INPUT_CHARS: count(200_000, 'characters of all messages of one request together'),
    CHAT_MAX_CONCURRENT: count(256, 'runs at once; beyond it callers get 503 overloaded'),
    CHAT_HEADER_DEADLINE_MS: durationMs(
      10_000,
      'wait for the provider before the stream is opened and failures come in band',
    ),
    CHAT_FIRST_TOKEN_MS: durationMs(120_000, 'wait for the first token once the provider has accepted'),
    CHAT_IDLE_TIMEOUT_MS: durationMs(120_000, 'longest silence of the provider in the middle of a run'),
    CHAT_HEARTBEAT_MS: durationMs(15_000, 'comment sent after this much silence'),
    CHAT_GRACE_MS: durationMs(
      5_000,
      'how long a run whose last reader has left goes on, unless the caller says otherwise',
    ),
    CHAT_MAX_RUN_MS: durationMs(600_000, 'longest run'),
    CHAT_MAX_OUTPUT_CHARS: count(524_288, 'longest answer, in UTF-16 units; beyond it the run fails'),
    CHAT_RUN_LOG_BYTES: sizeBytes(262_144, 'events kept per run; older text is compacted to a snapshot'),
    CHAT_KEEP_RUN_MS: durationMs(300_000, 'how long an ended run can be read, counted from the last look'),
    CHAT_MAX_KEPT_RUNS: count(
      1_000,
      'ended runs kept; of the tenant who keeps most, the ones not read for longest go first',
    ),
    CHAT_STALLED_READER_MS: durationMs(600_000, 'a reader that reads nothing for this long is cut off'),
  },
  Annotation: {
    ANNOTATION_PARALLEL: count(4, 'words of one job explained at once', { max: 64 }),
    ANNOTATION_MAX_WORDS: count(50, 'words to explain in one job'),
    ANNOTATION_MAX_WAITING: count(16, 'jobs of one client that may wait behind the one that runs'),
    ANNOTATION_MAX_CONCURRENT: count(32, 'jobs of all clients at once; beyond it they get overloaded'),
    ANNOTATION_TIMEOUT_MS: durationMs(30_000, 'longest wait for the explanation of a word'),
  },
  'Live transcription': {
    WHISPER_WORKERS: list(
      '',
      'workers, e.g. ws://whisper-worker:8081/ws; empty: the gateway starts one as a supervised child process',
      workerUrlSchema,
    ),
    WHISPER_TOKEN: optionalSecret('shared with the workers; embedded: made up at each start'),
    WHISPER_CONNECT_TIMEOUT_MS: durationMs(5_000, 'dial and hello of one worker connection'),
    WHISPER_SILENT_TIMEOUT_MS: durationMs(3_000, 'a worker without pong or ack for this long is given up'),
    WHISPER_FAILOVER_MS: durationMs(
      30_000,
      'how long a session looks for another worker before it fails; that of an original client: until it leaves',
    ),
    WHISPER_DISCOVERY_MS: durationMs(
      2_000,
      'how often names of workers are resolved again and their load is asked',
      { min: 100 },
    ),
    TRANSCRIPTION_MAX_SESSIONS: count(200, 'live sessions at once'),
    TRANSCRIPTION_MAX_PER_CALLER: count(200, 'live sessions of one caller (tenant) at once'),
    TRANSCRIPTION_MAX_SESSION_MS: durationMs(21_600_000, 'longest session, in time and in audio'),
    TRANSCRIPTION_RESUME_MS: durationMs(
      120_000,
      'how long a session outlives its connection, and how long its end can be asked for again',
    ),
    TRANSCRIPTION_QUEUE_LIMIT: count(
      64,
      'sessions that may wait for a worker while all are full; beyond it callers get overloaded',
      { min: 0 },
    ),
    TRANSCRIPTION_QUEUE_MS: durationMs(60_000, 'how long a session waits for a worker while all are full'),
    TRANSCRIPTION_MAX_FFMPEG: count(
      64,
      'recordings at once that need an ffmpeg each (MP4, AAC, MP3, FLAC, rare codecs); beyond it sessions end with overloaded',
      { max: 1_000 },
    ),
    TRANSCRIPTION_MAX_RECORDINGS: count(
      100,
      'recordings a session may begin ahead of its audio, of which each 100 ms allow one more; beyond it the session ends with decode_failed',
    ),
    TRANSCRIPTION_MAX_UNREAD: count(
      1_000,
      'events a client may leave unread before its connection is closed; its session can be resumed',
    ),
    TRANSCRIPTION_MAX_CHUNK_BYTES: sizeBytes(1_048_576, 'largest audio message of a client'),
    TRANSCRIPTION_INBOX_BYTES: sizeBytes(8_388_608, 'compressed audio that may wait per session'),
    TRANSCRIPTION_RING_MS: durationMs(
      60_000,
      'PCM kept per session for a worker change; above MAX_UTTERANCE_MS',
      {
        min: 30_000,
        max: 600_000,
      },
    ),
    TRANSCRIPTION_STALL_MS: durationMs(
      4_000,
      'least silence of a connected client after which its open utterance is finished',
    ),
    TRANSCRIPTION_IDLE_TIMEOUT_MS: durationMs(120_000, 'a session without audio for this long is ended'),
    TRANSCRIPTION_KEEP_MS: durationMs(1_800_000, 'how long the transcript of an ended session can be read'),
    TRANSCRIPTION_MAX_KEPT: count(1_000, 'transcripts of ended sessions kept; the oldest go first'),
  },
  'Whisper worker': {
    WHISPER_WORKER_HOST: text(
      '127.0.0.1',
      'address the worker listens on; one that is not loopback needs WHISPER_TOKEN',
    ),
    WHISPER_WORKER_PORT: count(8_081, 'port of a worker started on its own; 0 takes a free one', {
      min: 0,
      max: 65_535,
    }),
    WHISPER_ENGINE: oneOf(
      ['sherpa', 'openai', 'fake'],
      'sherpa',
      'recogniser behind the worker; openai: any /v1/audio/transcriptions server, e.g. speaches or vLLM on a GPU',
    ),
    WHISPER_MODEL: optionalText(
      'demo (the language picks the file), the name of a folder in MODELS_DIR, or a path; default: demo in the demo profile',
    ),
    WHISPER_LANGUAGE: text('en', 'language of sessions that name none'),
    MODELS_DIR: text('models', 'folder of named models; a relative path counts from the project'),
    MODELS_MIRROR: httpUrl('https://huggingface.co', 'where `npm run models -- pull` downloads from'),
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
      'recognisers (model, language, task) that an engine process keeps loaded; the one used longest ago goes first',
      { max: 64 },
    ),
    WHISPER_DECODE_TIMEOUT_MS: durationMs(30_000, 'an engine process that decodes for longer is ended'),
    WHISPER_LOAD_TIMEOUT_MS: durationMs(
      120_000,
      'an engine process that loads one model for longer is ended',
    ),
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
    WHISPER_QUEUE_LIMIT: count(256, 'utterances that may wait for a lane'),
    MAX_UTTERANCE_MS: durationMs(20_000, 'longest utterance; below the 30 s that Whisper decodes at once', {
      min: 1_000,
      max: 28_000,
    }),
    VAD_SILENCE_MS: durationMs(500, 'silence that ends an utterance', { min: 50, max: 5_000 }),
    VAD_MIN_SPEECH_MS: durationMs(100, 'shortest speech that counts', { max: 2_000 }),
    VAD_PRE_ROLL_MS: durationMs(300, 'audio kept before speech', { min: 0, max: 2_000 }),
    VAD_THRESHOLD: z.coerce
      .number()
      .min(0.01)
      .max(0.99)
      .default(0.5)
      .meta({ description: 'speech probability from which the detector says speech' }),
  },
} as const;

export const envSchema = z.object({
  ...envGroups.Server,
  ...envGroups['Who may call'],
  ...envGroups.Sockets,
  ...envGroups['OpenAI-compatible services'],
  ...envGroups['Text to speech'],
  ...envGroups.Audio,
  ...envGroups.Chat,
  ...envGroups.Annotation,
  ...envGroups['Live transcription'],
  ...envGroups['Whisper worker'],
});

export type Env = z.output<typeof envSchema>;
