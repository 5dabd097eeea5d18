import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { MetricsRegistry, WAIT_SECONDS, type Places } from '../metrics/metrics-registry.js';

/** `partial`: some words have no explanation. `stopped`: its client has left, or the server has ended it. */
const ENDINGS = ['done', 'partial', 'failed', 'stopped'] as const;
type Ending = (typeof ENDINGS)[number];

/** What is counted of jobs that explain words. */
@Injectable()
export class AnnotationMetrics {
  private readonly ended: Counter<'ending'>;
  private readonly durations: Histogram;

  constructor(private readonly registry: MetricsRegistry) {
    this.ended = registry.counter(
      'parley_annotation_jobs_ended_total',
      'Jobs that explain words, by ending: done, partial (some words have no explanation), failed or stopped (the client has left, or the server stops)',
      ['ending'],
    );
    for (const ending of ENDINGS) this.ended.inc({ ending }, 0);
    this.durations = registry.histogram(
      'parley_annotation_job_seconds',
      'From the start of a job to its result or failure',
      WAIT_SECONDS,
    );
  }

  watch(places: Places): void {
    this.registry.watchPlaces('annotation', places);
  }

  /** @returns what tells the end of the job */
  begin(): (ending: Ending) => void {
    const startedAtMs = performance.now();
    return (ending) => {
      this.ended.inc({ ending });
      this.durations.observe((performance.now() - startedAtMs) / 1_000);
    };
  }
}
