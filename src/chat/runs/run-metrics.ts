import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { MetricsRegistry } from '../../metrics/metrics-registry.js';
import type { Run } from './run.js';

/** Counts what is asked of the chat and what becomes of it. */
@Injectable()
export class RunMetrics {
  private readonly requests: Counter<'template'>;
  private readonly ended: Counter<'template' | 'ending'>;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'parley_chat_requests_total',
      help: 'Requests for an answer, by template; one that finds its run again counts, too',
      labelNames: ['template'],
      registers,
    });
    this.ended = new Counter({
      name: 'parley_chat_runs_ended_total',
      help: 'Runs, by template and by how they ended',
      labelNames: ['template', 'ending'],
      registers,
    });
  }

  requested(template: string | undefined): void {
    this.requests.inc({ template: template ?? 'none' });
  }

  begun(run: Run): void {
    const template = run.options.template ?? 'none';
    void run.ended.then(() => this.ended.inc({ template, ending: run.status }));
  }
}
