import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../config/load-env.js';
import { fromProject } from '../config/project-paths.js';
import { readSlices } from '../config/read-slices.js';
import { createSampler } from './create-sampler.js';
import { SAMPLERS, telemetryConfig } from './telemetry.config.js';

const read = (variables: Record<string, string> = {}) => readSlices([telemetryConfig], variables).telemetry;

describe('the variables of OpenTelemetry', () => {
  it("have OpenTelemetry's defaults", () => {
    expect(read()).toEqual({
      serviceName: undefined,
      flushMs: 2_000,
      traces: {
        protocol: 'http/protobuf',
        sampler: 'parentbased_always_on',
        ratio: 1,
        batch: {
          scheduledDelayMillis: 5_000,
          exportTimeoutMillis: 30_000,
          maxQueueSize: 2_048,
          maxExportBatchSize: 512,
        },
      },
      metrics: { protocol: 'http/protobuf', intervalMs: 60_000, timeoutMs: 30_000 },
    });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'TRUE', [false, false]],
    ['OTEL_TRACES_EXPORTER', 'none', [false, true]],
    ['OTEL_METRICS_EXPORTER', 'none', [true, false]],
  ])('switch off by %s', (name, value, expected) => {
    const { traces, metrics } = read({ [name]: value });

    expect([traces !== undefined, metrics !== undefined]).toEqual(expected);
  });

  it('choose a protocol for each signal', () => {
    const { traces, metrics } = read({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
    });

    expect([traces?.protocol, metrics?.protocol]).toEqual(['http/json', 'http/protobuf']);
  });

  it('bound a batch by the queue, and an export by its interval', () => {
    const { traces, metrics } = read({ OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_METRIC_EXPORT_INTERVAL: '1000' });

    expect([traces?.batch.maxExportBatchSize, metrics?.timeoutMs]).toEqual([10, 1_000]);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0'],
    ['TELEMETRY_FLUSH_MS', 'soon'],
  ])('refuse %s=%s by its name', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(ConfigError);
    expect(() => read({ [name]: value })).toThrow(name);
  });

  it.each([
    ['always_on', 'AlwaysOnSampler'],
    ['always_off', 'AlwaysOffSampler'],
    ['traceidratio', 'TraceIdRatioBased{0.5}'],
    ['parentbased_always_on', 'ParentBased{root=AlwaysOnSampler'],
    ['parentbased_always_off', 'ParentBased{root=AlwaysOffSampler'],
    ['parentbased_traceidratio', 'ParentBased{root=TraceIdRatioBased{0.5}'],
  ] as const)('make the sampler %s', (sampler, expected) => {
    expect(createSampler({ sampler, ratio: 0.5 }).toString()).toContain(expected);
    expect(SAMPLERS).toContain(sampler);
  });

  it('stand in the documents, every one', () => {
    const page = readFileSync(fromProject('docs/telemetry.md'), 'utf8');

    expect(Object.keys(telemetryConfig.variables).filter((name) => !page.includes(`\`${name}\``))).toEqual(
      [],
    );
  });
});
