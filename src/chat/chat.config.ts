import { z } from 'zod';
import type { ProcessEnv } from '../config/process.config.js';
import { chooseProvider, endpointOf, type OpenAiEnv } from '../openai/openai.config.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import {
  count,
  durationMs,
  list,
  optionalDurationMs,
  optionalHttpUrl,
  optionalOneOf,
  optionalSecret,
  sizeBytes,
  text,
} from '../config/env-variables.js';
import { bringsProvider } from '../config/profile.js';

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

const variables = {
  CHAT_PROVIDER: bringsProvider(
    optionalOneOf(
      ['openai', 'scripted'],
      'default: openai when a key or CHAT_BASE_URL is set, scripted in the demo profile',
    ),
  ),
  CHAT_API_KEY: bringsProvider(optionalSecret('instead of OPENAI_API_KEY')),
  CHAT_BASE_URL: bringsProvider(optionalHttpUrl('instead of OPENAI_BASE_URL, e.g. a local Ollama')),
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
} as const;

type ChatEnv = EnvOf<typeof variables> & OpenAiEnv & ProcessEnv;

export type ChatProvider = 'openai' | 'scripted';

export const chatConfig = configSlice('chat', 'Chat', variables, (env: ChatEnv) => {
  const own = { apiKey: env.CHAT_API_KEY, baseUrl: env.CHAT_BASE_URL };
  return {
    provider: chooseProvider<ChatProvider>(env, own, env.CHAT_PROVIDER, 'scripted'),
    openai: {
      ...endpointOf(env, own),
      headersTimeoutMs: env.CHAT_HEADERS_TIMEOUT_MS ?? env.OPENAI_HEADERS_TIMEOUT_MS ?? 300_000,
    },
    wholeTimeoutMs: env.CHAT_WHOLE_TIMEOUT_MS,
    omitFields: env.CHAT_OMIT_FIELDS,
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
  };
});
