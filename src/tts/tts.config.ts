import { z } from 'zod';
import type { ProcessEnv } from '../config/process.config.js';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { chooseProvider, endpointOf, type OpenAiEnv } from '../openai/openai.config.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import {
  count,
  durationMs,
  list,
  optionalHttpUrl,
  optionalOneOf,
  optionalSecret,
  optionalText,
  sizeBytes,
  text,
} from '../config/env-variables.js';
import { bringsProvider } from '../config/profile.js';

const variables = {
  TTS_PROVIDER: bringsProvider(
    optionalOneOf(
      ['openai', 'sherpa', 'espeak', 'fake'],
      'default: openai when a key or TTS_BASE_URL is set, espeak in the demo profile',
    ),
  ),
  TTS_API_KEY: bringsProvider(optionalSecret('instead of OPENAI_API_KEY')),
  TTS_BASE_URL: bringsProvider(optionalHttpUrl('instead of OPENAI_BASE_URL, e.g. a local Kokoro-FastAPI')),
  TTS_MODEL: text('tts-1-hd', 'model when the caller names none'),
  TTS_VOICE: text(
    'nova',
    'voice when the caller names none; for sherpa NAME or NAME:SPEAKER of a voice in MODELS_DIR/voices, which speaks for the names of OpenAI too',
  ),
  TTS_FALLBACK: list(
    '',
    'providers to try in this order when TTS_PROVIDER fails before the first byte, e.g. espeak; none: no other; default: espeak behind sherpa where there is one, else none',
    z.enum(['openai', 'sherpa', 'espeak', 'fake', 'none']),
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
    'signs the addresses of clips; default: generated at each start, so clips end with the process',
  ),
} as const;

type TtsEnv = EnvOf<typeof variables> & OpenAiEnv & ProcessEnv;

export type TtsProvider = 'openai' | 'sherpa' | 'espeak' | 'fake';

export const ttsConfig = configSlice('tts', 'Text to speech', variables, (env: TtsEnv) => {
  const own = { apiKey: env.TTS_API_KEY, baseUrl: env.TTS_BASE_URL };
  const provider = chooseProvider<TtsProvider>(env, own, env.TTS_PROVIDER, 'espeak');
  if (env.NODE_ENV === 'production' && provider === 'fake')
    throw new ConfigError('TTS_PROVIDER must not be fake in production');
  return {
    provider,
    openai: endpointOf(env, own),
    defaultModel: env.TTS_MODEL,
    defaultVoice: env.TTS_VOICE,
    maxInputChars: env.TTS_MAX_INPUT_CHARS,
    maxConcurrent: env.TTS_MAX_CONCURRENT,
    idleTimeoutMs: env.TTS_IDLE_TIMEOUT_MS,
    stalledReaderMs: env.TTS_STALLED_READER_MS,
    espeakPath: env.ESPEAK_PATH,
    espeakMaxProcesses: env.ESPEAK_MAX_PROCESSES,
    fallback: env.TTS_FALLBACK.filter((name) => name !== 'none'),
    /** Another provider that follows where it can work, since nobody has named any. */
    impliedFallback: env.TTS_FALLBACK.length === 0 && provider === 'sherpa' ? ('espeak' as const) : undefined,
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
  };
});
