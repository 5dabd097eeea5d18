import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Buckets of waits that people notice: from what is instant to what nobody waits for. */
export const WAIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A limit on what goes on at once, e.g. a `TenantConcurrencyLimit`. */
export interface Places {
  readonly taken: number;
  readonly limit: number;
}

/** The metrics of the gateway and of its process. Features register theirs here. No label names a caller, a run or a session. */
@Injectable()
export class MetricsRegistry extends Registry {
  private readonly watched = new Map<string, Places>();

  constructor() {
    super();
    collectDefaultMetrics({ register: this });
    this.gauges('parley_places', 'What may go on at once, by limit', 'limit', () =>
      [...this.watched].map(([name, { limit }]) => [name, limit]),
    );
    this.gauges('parley_places_taken', 'What goes on at once, by limit', 'limit', () =>
      [...this.watched].map(([name, { taken }]) => [name, taken]),
    );
  }

  /** @param name for the label `limit` of the two gauges that show how full it is */
  watchPlaces(name: string, places: Places): void {
    this.watched.set(name, places);
  }

  /** `name` ends in `_total` and tells the unit, as Prometheus wants it. */
  counter<T extends string = string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this] });
  }

  /** @param buckets upper bounds, in the unit of the name */
  histogram<T extends string = string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly T[] = [],
  ): Histogram<T> {
    return new Histogram({ name, help, buckets: [...buckets], labelNames, registers: [this] });
  }

  /** A gauge that is read when Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this], collect: () => gauge.set(read()) });
  }

  /** Gauges of one name, told apart by a label, that are read when Prometheus asks. */
  gauges(name: string, help: string, label: string, read: () => (readonly [string, number])[]): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this],
      collect: () => {
        for (const [value, amount] of read()) gauge.set({ [label]: value }, amount);
      },
    });
  }
}
