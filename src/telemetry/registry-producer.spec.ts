import { describe, expect, it } from '@jest/globals';
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { RegistryProducer } from './registry-producer.js';

describe('RegistryProducer', () => {
  const registry = new Registry();
  const registers = [registry];
  const sut = new RegistryProducer();
  sut.add(registry);

  async function metric(name: string): Promise<MetricData | undefined> {
    const { resourceMetrics, errors } = await sut.collect();
    expect(errors).toEqual([]);
    return resourceMetrics.scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === name);
  }

  it('gives a counter as a sum, by its labels', async () => {
    const counter = new Counter({ name: 'runs_total', help: 'Runs', labelNames: ['ending'], registers });
    counter.inc({ ending: 'done' }, 2);
    counter.inc({ ending: 'failed' });

    expect(await metric('runs_total')).toMatchObject({
      descriptor: { description: 'Runs' },
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [
        { attributes: { ending: 'done' }, value: 2 },
        { attributes: { ending: 'failed' }, value: 1 },
      ],
    });
  });

  it('reads a gauge when it collects, and leaves out what is no number', async () => {
    let value = 4;
    const gauge: Gauge = new Gauge({
      name: 'open',
      help: 'Open',
      registers,
      collect: () => gauge.set(value),
    });
    expect(await metric('open')).toMatchObject({
      dataPointType: DataPointType.GAUGE,
      dataPoints: [{ value: 4 }],
    });
    value = Number.NaN;

    expect((await metric('open'))?.dataPoints).toEqual([]);
  });

  it('counts each bucket of a histogram for itself', async () => {
    const histogram = new Histogram({
      name: 'wait_seconds',
      help: 'Wait',
      labelNames: ['api'],
      buckets: [0.1, 1, 10],
      registers,
    });
    for (const seconds of [0.05, 0.5, 0.6, 5, 50]) histogram.observe({ api: 'runs' }, seconds);
    histogram.observe({ api: 'completions' }, 2);

    const found = await metric('wait_seconds');
    expect(found?.dataPointType).toBe(DataPointType.HISTOGRAM);
    expect(found?.dataPoints).toMatchObject([
      {
        attributes: { api: 'runs' },
        value: { buckets: { boundaries: [0.1, 1, 10], counts: [1, 2, 1, 1] }, count: 5, sum: 56.15 },
      },
      { attributes: { api: 'completions' }, value: { buckets: { counts: [0, 0, 1, 0] }, count: 1, sum: 2 } },
    ]);
  });

  it('leaves out a summary, which has no form there', async () => {
    new Summary({ name: 'quantiles', help: 'Quantiles', registers }).observe(1);

    expect(await metric('quantiles')).toBeUndefined();
  });

  it('gives the others when one registry fails', async () => {
    const broken = new Registry();
    broken.getMetricsAsJSON = () => Promise.reject(new Error('no'));
    const both = new RegistryProducer();
    both.add(broken);
    both.add(registry);

    const { resourceMetrics, errors } = await both.collect();
    expect(errors).toHaveLength(1);
    expect(resourceMetrics.scopeMetrics[0]!.metrics.length).toBeGreaterThan(0);
  });
});
