import type { LoggerOptions } from 'pino';

/** The part of the configuration that logging needs; gateway and worker both have it. */
export interface LogSettings {
  logLevel: string;
  logFormat: 'json' | 'pretty';
}

/** Names that may hold a secret or a person's words, wherever they turn up near the top of a log entry. */
const REDACTED = ['authorization', 'cookie', 'apiKey', 'key', 'token', 'text', 'input', 'prompt', 'audio'];

/** Structured logs: a static message and fields. Ids, sizes and durations; never text, audio or keys. */
export function loggerOptions({ logLevel, logFormat }: LogSettings): LoggerOptions {
  return {
    level: logLevel,
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    ...(logFormat === 'pretty' && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } },
    }),
  };
}
