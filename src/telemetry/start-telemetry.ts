import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  type Resource,
} from '@opentelemetry/resources';
import type { Registry } from 'prom-client';
import type { LoadedExporter } from '../common/tracing/loaded-exporter.js';
import { settlesWithin } from '../common/streams/settles-within.js';
import { createMetricExporter, createSpanExporter, type FailureListener } from './otlp-exporters.js';
import type { MetricSettings, TelemetryConfig, TraceSettings } from './telemetry.config.js';

/** An attribute of ours is an id or a name. */
const MAX_ATTRIBUTE_CHARS = 1_024;

interface Signal {
  shutdown(): Promise<void>;
}

/** Loads what the configuration asks for, and nothing else. */
export async function startTelemetry(
  config: TelemetryConfig,
  usualName: string,
): Promise<Pick<LoadedExporter, 'exportMetrics' | 'onFailure' | 'close'>> {
  const resource = resourceOf(usualName);
  const listeners: FailureListener[] = [];
  const onFailure: FailureListener = (cause) => {
    for (const listener of listeners) listener(cause);
  };
  const traces = config.traces && (await startTraces(config.traces, resource, onFailure));
  const metrics = config.metrics && (await startMetrics(config.metrics, resource, onFailure));
  return {
    exportMetrics: (registry) => metrics?.add(registry),
    onFailure: (listener) => listeners.push(listener),
    close: async () => {
      const closing = [traces, metrics].map(async (signal: Signal | undefined) => signal?.shutdown());
      await settlesWithin(Promise.allSettled(closing), config.flushMs);
    },
  };
}

/** The variables have the last word. */
function resourceOf(usualName: string): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': usualName }))
    .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
}

async function startTraces(
  settings: TraceSettings,
  resource: Resource,
  onFailure: FailureListener,
): Promise<Signal> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { createSampler } = await import('./create-sampler.js');
  const exporter = await createSpanExporter(settings.protocol, onFailure);
  const provider = new TracerProvider({
    resource,
    sampler: createSampler(settings),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARS },
    spanProcessors: [new BatchSpanProcessor({ exporter, ...settings.batch })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return provider;
}

async function startMetrics(
  { protocol, intervalMs, timeoutMs }: MetricSettings,
  resource: Resource,
  onFailure: FailureListener,
): Promise<Signal & { add(registry: Registry): void }> {
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { RegistryProducer } = await import('./registry-producer.js');
  const producer = new RegistryProducer();
  const reader = new PeriodicExportingMetricReader({
    exporter: await createMetricExporter(protocol, onFailure),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { add: (registry) => producer.add(registry), shutdown: () => provider.shutdown() };
}
