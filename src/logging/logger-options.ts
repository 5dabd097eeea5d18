import type { LoggerOptions } from 'pino';
import { describeError } from './describe-error.js';
import type { loggingConfig } from './logging.config.js';

export type LogSettings = ReturnType<typeof loggingConfig>;

/** Names that may hold a secret or a person's words, wherever they turn up near the top of a log entry. */
const REDACTED = ['authorization', 'cookie', 'apiKey', 'key', 'token', 'text', 'input', 'prompt', 'audio'];

/** Structured logs: a static message and fields. Ids, sizes and durations; never text, audio or keys. */
export function loggerOptions({ level, format }: LogSettings): LoggerOptions {
  return {
    level,
    serializers: { err: describeError },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    ...(format === 'pretty' && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } },
    }),
  };
}
