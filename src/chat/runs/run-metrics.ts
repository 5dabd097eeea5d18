import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { MetricsRegistry, WAIT_SECONDS } from '../../metrics/metrics-registry.js';
import { ProviderMetrics, type CallDetails, type ProviderCall } from '../../metrics/provider-metrics.js';
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
    registry.gauge('parley_chat_runs', 'Runs that go on', () => this.running);
    this.firstTokens = registry.histogram(
      'parley_chat_first_token_seconds',
      'From the arrival of a request to the first piece of its answer; api: runs (in the log of the run) or completions (streamed by /v1)',
      WAIT_SECONDS,
      ['api'],
    );
    this.requests = registry.counter(
      'parley_chat_requests_total',
      'Requests for an answer, by template; one that finds its run again counts, too',
      ['template'],
    );
    this.ended = registry.counter('parley_chat_runs_ended_total', 'Runs, by template and by how they ended', [
      'template',
      'ending',
    ]);
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

  called(provider: string, details: CallDetails): ProviderCall {
    return this.providers.begin('chat', provider, details);
  }

  /** The first piece of an answer is on its way to the caller. */
  firstToken(api: 'runs' | 'completions'): void {
    const seconds = this.providers.passedOn('chat');
    if (seconds !== undefined) this.firstTokens.observe({ api }, seconds);
  }
}
