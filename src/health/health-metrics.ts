import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { COMPONENT_STATUSES, HealthRegistry } from './health-registry.js';

/** Shows what `/health/ready` says, so that an alert can tell which component is at fault. */
@Injectable()
export class HealthMetrics {
  constructor(metrics: MetricsRegistry, health: HealthRegistry) {
    const gauge: Gauge<'component' | 'status'> = new Gauge({
      name: 'parley_component_status',
      help: `1 for the status that a component has in /health/ready, else 0: ${COMPONENT_STATUSES.join(', ')}`,
      labelNames: ['component', 'status'],
      registers: [metrics],
      collect: async () => {
        for (const [component, { status: now }] of Object.entries(await health.report()))
          for (const status of COMPONENT_STATUSES) gauge.set({ component, status }, status === now ? 1 : 0);
      },
    });
  }
}
