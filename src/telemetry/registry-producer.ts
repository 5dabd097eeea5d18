import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type CollectionResult,
  type DataPoint,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';

/** One value as prom-client gives it. Those of a histogram say which of its series they belong to. */
type Value = MetricValue<string> & { metricName?: string };
type Metric = MetricObjectWithValues<Value>;

/**
 * The metrics of our registries, as `/metrics` has them, in OpenTelemetry's form: the same names, labels and buckets, so that one set of
 * dashboards holds for both. Quantiles that a process computes itself (summaries) have no form there and are left out; Parley has none.
 */
export class RegistryProducer implements MetricProducer {
  private readonly registries = new Set<Registry>();
  private readonly startedAt = timeOf(performance.timeOrigin);

  add(registry: Registry): void {
    this.registries.add(registry);
  }

  async collect(): Promise<CollectionResult> {
    const metrics: MetricData[] = [];
    const errors: unknown[] = [];
    for (const registry of this.registries) {
      try {
        const period = { startTime: this.startedAt, endTime: timeOf(Date.now()) };
        for (const metric of (await registry.getMetricsAsJSON()) as Metric[])
          metrics.push(...converted(metric, period));
      } catch (error) {
        errors.push(error);
      }
    }
    // The reader puts its own resource in place of this one.
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: SCOPE, metrics }] },
      errors,
    };
  }
}

const SCOPE = { name: 'parley' };

type Period = Pick<DataPoint<number>, 'startTime' | 'endTime'>;

function converted(metric: Metric, period: Period): MetricData[] {
  const { name, help, values } = metric;
  const common = {
    descriptor: { name, description: help, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  // At run time it is the name of the type, whatever the types of prom-client say.
  switch (String(metric.type)) {
    case 'counter':
      return [
        {
          ...common,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: pointsOf(values, period),
        },
      ];
    case 'gauge':
      return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: pointsOf(values, period) }];
    case 'histogram':
      return [
        { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histogramsOf(metric, period) },
      ];
    default:
      return [];
  }
}

function pointsOf(values: readonly Value[], period: Period): DataPoint<number>[] {
  return values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ value, labels }) => ({ ...period, attributes: labels as Attributes, value }));
}

/** Prometheus counts a bucket with all below it, OpenTelemetry each for itself. */
function histogramsOf({ name, values }: Metric, period: Period): DataPoint<Histogram>[] {
  const found = new Map<
    string,
    { attributes: Attributes; upTo: [bound: number, count: number][]; sum: number; count: number }
  >();
  for (const { labels, value, metricName } of values) {
    const { le, ...attributes } = labels as Record<string, string | number>;
    const key = JSON.stringify(attributes);
    const series = found.get(key) ?? { attributes, upTo: [], sum: 0, count: 0 };
    found.set(key, series);
    if (metricName === `${name}_sum`) series.sum = value;
    else if (metricName === `${name}_count`) series.count = value;
    else if (le !== undefined && le !== '+Inf') series.upTo.push([Number(le), value]);
  }
  return [...found.values()].map(({ attributes, upTo, sum, count }) => {
    const sorted = upTo.sort(([a], [b]) => a - b);
    const counts = [...sorted.map(([, below]) => below), count];
    return {
      ...period,
      attributes,
      value: {
        buckets: {
          boundaries: sorted.map(([bound]) => bound),
          counts: counts.map((below, index) => below - (counts[index - 1] ?? 0)),
        },
        sum,
        count,
      },
    };
  });
}

function timeOf(ms: number): HrTime {
  return [Math.trunc(ms / 1_000), Math.round((ms % 1_000) * 1_000_000)];
}
