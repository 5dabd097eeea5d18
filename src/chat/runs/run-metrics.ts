import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { MetricsRegistry, WAIT_SECONDS } from '../../metrics/metrics-registry.js';
import { ProviderMetrics, type ProviderCall } from '../../metrics/provider-metrics.js';
import type { Run } from './run.js';

/** Counts what is asked of the chat and what becomes of it. */
@Injectable()
export class RunMetrics {
  private readonly requests: Counter<'template'>;
  private readonly ended: Counter<'template' | 'ending'>;
  private readonly firstTokens: Histogram<'api'>;
  private running = 0;

  constructor(
    registry: MetricsRegistry,
    private readonly providers: ProviderMetrics,
  ) {
    const registers = [registry];
    registry.gauge('parley_chat_runs', 'Runs that go on', () => this.running);
    this.firstTokens = new Histogram({
      name: 'parley_chat_first_token_seconds',
      help: 'From the arrival of a request to the first piece of its answer; api: runs (in the log of the run) or completions (streamed by /v1)',
      labelNames: ['api'],
      buckets: WAIT_SECONDS,
      registers,
    });
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
    this.running += 1;
    void run.ended.then(() => {
      this.running -= 1;
      this.ended.inc({ template, ending: run.status });
    });
  }

  called(provider: string): ProviderCall {
    return this.providers.begin('chat', provider);
  }

  /** The first piece of an answer is on its way to the caller. */
  firstToken(api: 'runs' | 'completions'): void {
    const seconds = this.providers.passedOn('chat');
    if (seconds !== undefined) this.firstTokens.observe({ api }, seconds);
  }
}
