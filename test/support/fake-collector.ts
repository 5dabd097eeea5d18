import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the collector answers. `takes` is the one of the good. */
export type CollectorMode =
  'takes' | 'stalls' | 'refuses' | 'asks to wait' | 'says garbage' | 'cuts' | 'never ends';

type Value = string | number | boolean | undefined | Value[];

/** A span as it was exported. */
export interface ExportedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Record<string, Value>;
  events: string[];
  isError: boolean;
  durationMs: number;
}

/** A value of a metric as it was exported: the sum of a counter, the value of a gauge, the count of a histogram. */
export interface ExportedPoint {
  service: string;
  name: string;
  labels: Record<string, Value>;
  value: number;
}

interface AnyValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: AnyValue[] };
}
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: { name: string }[];
  status?: { code?: number };
}
interface OtlpPoint {
  attributes?: KeyValue[];
  asDouble?: number;
  asInt?: string;
  count?: string | number;
}
interface OtlpMetric {
  name: string;
  sum?: { dataPoints: OtlpPoint[] };
  gauge?: { dataPoints: OtlpPoint[] };
  histogram?: { dataPoints: OtlpPoint[] };
}
interface Resource {
  resource: { attributes: KeyValue[] };
}
interface Otlp {
  resourceSpans?: (Resource & { scopeSpans: { spans: OtlpSpan[] }[] })[];
  resourceMetrics?: (Resource & { scopeMetrics: { metrics: OtlpMetric[] }[] })[];
}

/** A local collector: `/v1/traces` and `/v1/metrics`, as nastily as a test asks it to. */
export class FakeCollector {
  mode: CollectorMode = 'takes';
  readonly spans: ExportedSpan[] = [];
  /** Of the last export of each service. */
  readonly points: ExportedPoint[] = [];
  /** All that came, as it came. */
  readonly bodies: Buffer[] = [];
  /** Paths of the exports, and what they are by their header. */
  readonly requests: { path: string; type: string }[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<FakeCollector> {
    const collector = new FakeCollector();
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Environment of a process that exports to here, soon after each thing has happened. */
  get environment(): NodeJS.ProcessEnv {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    };
  }

  named(name: string): ExportedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  ofTrace(traceId: string): ExportedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The process has ended.
    }
    const body = Buffer.concat(chunks);
    const type = request.headers['content-type'] ?? '';
    this.requests.push({ path: request.url ?? '', type });
    this.bodies.push(body);
    switch (this.mode) {
      case 'stalls':
        return;
      case 'refuses':
        return void response.writeHead(400).end('no');
      case 'asks to wait':
        return void response.writeHead(503, { 'Retry-After': '3600' }).end();
      case 'says garbage':
        return void response.writeHead(200, { 'Content-Type': 'application/json' }).end('}{<html>');
      case 'cuts':
        return void request.socket.destroy();
      case 'never ends':
        response.writeHead(200);
        while (!response.destroyed)
          await new Promise((resolve) => response.write(Buffer.alloc(65_536, 0x20), resolve));
        return;
      default:
        if (type === 'application/json') this.take(JSON.parse(body.toString()) as Otlp);
        response.writeHead(200, { 'Content-Type': type }).end(type === 'application/json' ? '{}' : '');
    }
  }

  private take({ resourceSpans = [], resourceMetrics = [] }: Otlp): void {
    for (const { resource, scopeSpans } of resourceSpans)
      for (const { spans } of scopeSpans)
        this.spans.push(...spans.map((span) => readSpan(span, serviceOf(resource))));
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const service = serviceOf(resource);
      const kept = this.points.filter((point) => point.service !== service);
      this.points.splice(0, this.points.length, ...kept);
      for (const { metrics } of scopeMetrics)
        for (const metric of metrics) this.points.push(...readPoints(metric, service));
    }
  }
}

function serviceOf({ attributes }: Resource['resource']): string {
  return String(readAttributes(attributes)['service.name']);
}

function readSpan(span: OtlpSpan, service: string): ExportedSpan {
  const { name, traceId, spanId, parentSpanId, attributes, events = [], status } = span;
  return {
    service,
    name,
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    attributes: readAttributes(attributes),
    events: events.map((event) => event.name),
    isError: status?.code === 2,
    durationMs: Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000_000n),
  };
}

function readPoints({ name, sum, gauge, histogram }: OtlpMetric, service: string): ExportedPoint[] {
  const points = sum?.dataPoints ?? gauge?.dataPoints ?? histogram?.dataPoints ?? [];
  return points.map(({ attributes, asDouble, asInt, count }) => ({
    service,
    name,
    labels: readAttributes(attributes),
    value: Number(asDouble ?? asInt ?? count),
  }));
}

function readAttributes(attributes: readonly KeyValue[] = []): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: AnyValue): Value {
  if (value.arrayValue) return value.arrayValue.values.map(readValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
