import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { OtlpProtocol } from './telemetry.config.js';

/** Told of each export that failed. */
export type FailureListener = (cause: unknown) => void;

/** Each protocol is loaded where it is chosen. */
export async function createSpanExporter(
  protocol: OtlpProtocol,
  onFailure: FailureListener,
): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return watched(new OTLPTraceExporter(), onFailure);
}

export async function createMetricExporter(
  protocol: OtlpProtocol,
  onFailure: FailureListener,
): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto');
  return watched(new OTLPMetricExporter(), onFailure);
}

interface Exporter<Items> {
  export(items: Items, done: (result: { code: number; error?: Error }) => void): void;
}

/** The SDK knows of a failed export and tells nobody. */
function watched<Items, E extends Exporter<Items>>(exporter: E, onFailure: FailureListener): E {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      if (result.code !== 0) onFailure(result.error);
      done(result);
    });
  return exporter;
}
