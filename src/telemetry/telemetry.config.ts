import { z } from 'zod';
import { configSlice, type EnvOf } from '../config/config-slice.js';
import { count, durationMs, oneOf, optionalHttpUrl, optionalText } from '../config/env-variables.js';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const exporter = (signal: string) =>
  oneOf(['otlp', 'none'], 'otlp', `where ${signal} go; none: nowhere, and nothing is loaded for them`);
const protocol = (fallback: string) => z.enum(PROTOCOLS).optional().meta({ description: fallback });

/** OpenTelemetry's own names and defaults. The exporters read their addresses, headers, certificates and timeouts themselves. */
const variables = {
  OTEL_SDK_DISABLED: z
    .string()
    .transform((value) => value.toLowerCase() === 'true')
    .default(false)
    .meta({ description: 'true: nothing is loaded' }),
  OTEL_SERVICE_NAME: optionalText('default: parley, and parley-whisper-worker for the worker'),
  OTEL_TRACES_EXPORTER: exporter('spans'),
  OTEL_METRICS_EXPORTER: exporter('metrics'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalHttpUrl('default: http://localhost:4318'),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(PROTOCOLS, 'http/protobuf', 'how both are sent'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol('how spans are sent'),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol('how metrics are sent'),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS, 'parentbased_always_on', 'which traces are kept'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .meta({ description: 'the share of traces that a sampler by ratio keeps' }),
  OTEL_BSP_SCHEDULE_DELAY: durationMs(5_000, 'milliseconds between two exports of spans'),
  OTEL_BSP_EXPORT_TIMEOUT: durationMs(30_000, 'milliseconds that one may take'),
  OTEL_BSP_MAX_QUEUE_SIZE: count(2_048, 'spans that wait; more are dropped'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count(512, 'spans of one export'),
  OTEL_METRIC_EXPORT_INTERVAL: durationMs(60_000, 'milliseconds between two exports of metrics'),
  OTEL_METRIC_EXPORT_TIMEOUT: durationMs(30_000, 'milliseconds that one may take'),
  TELEMETRY_FLUSH_MS: durationMs(2_000, 'how long the end of the process waits for the last export', {
    min: 0,
  }),
} as const;

/** What `register.ts` reads. It is no part of the configuration of a process that exports nothing. */
export const telemetryConfig = configSlice(
  'telemetry',
  'Telemetry',
  variables,
  (env: EnvOf<typeof variables>) => {
    const isOn = (name: 'otlp' | 'none'): boolean => !env.OTEL_SDK_DISABLED && name === 'otlp';
    const intervalMs = env.OTEL_METRIC_EXPORT_INTERVAL;
    return {
      serviceName: env.OTEL_SERVICE_NAME,
      flushMs: env.TELEMETRY_FLUSH_MS,
      traces: isOn(env.OTEL_TRACES_EXPORTER)
        ? {
            protocol: env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
            sampler: env.OTEL_TRACES_SAMPLER,
            ratio: env.OTEL_TRACES_SAMPLER_ARG,
            batch: {
              scheduledDelayMillis: env.OTEL_BSP_SCHEDULE_DELAY,
              exportTimeoutMillis: env.OTEL_BSP_EXPORT_TIMEOUT,
              maxQueueSize: env.OTEL_BSP_MAX_QUEUE_SIZE,
              maxExportBatchSize: Math.min(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, env.OTEL_BSP_MAX_QUEUE_SIZE),
            },
          }
        : undefined,
      metrics: isOn(env.OTEL_METRICS_EXPORTER)
        ? {
            protocol: env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
            intervalMs,
            timeoutMs: Math.min(env.OTEL_METRIC_EXPORT_TIMEOUT, intervalMs),
          }
        : undefined,
    };
  },
);

export type TelemetryConfig = ReturnType<typeof telemetryConfig>;
export type TraceSettings = NonNullable<TelemetryConfig['traces']>;
export type MetricSettings = NonNullable<TelemetryConfig['metrics']>;
