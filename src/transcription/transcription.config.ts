import { z } from 'zod';
import type { ProcessEnv } from '../config/process.config.js';
import type { WorkerEnv } from '../whisper-worker/worker.config.js';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, list, sizeBytes } from '../config/env-variables.js';
import { bringsProvider } from '../config/profile.js';

const workerUrlSchema = z
  .string()
  .regex(/^wss?:\/\/[^\s]+$/, 'must be a WebSocket URL such as ws://whisper-worker:8081/ws');

const variables = {
  WHISPER_WORKERS: bringsProvider(
    list(
      '',
      'workers, e.g. ws://whisper-worker:8081/ws; empty: the gateway starts one as a supervised child process',
      workerUrlSchema,
    ),
  ),
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
} as const;

type TranscriptionEnv = EnvOf<typeof variables> & WorkerEnv & ProcessEnv;

export const transcriptionConfig = configSlice(
  'transcription',
  'Live transcription',
  variables,
  (env: TranscriptionEnv) => ({
    workers: env.WHISPER_WORKERS,
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
  }),
);
