import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { SPEECH_SAMPLE_RATE } from '../../common/audio/pcm.js';
import { MetricsRegistry, WAIT_SECONDS, type Places } from '../../metrics/metrics-registry.js';
import { ProviderMetrics } from '../../metrics/provider-metrics.js';
import type { TranscriberEvent } from '../transcriber.js';

/** What is counted of live sessions. */
@Injectable()
export class SessionMetrics {
  private readonly audioSeconds: Counter;
  private readonly ended: Counter<'ending'>;
  private readonly starts: Histogram;
  private readonly finals: Histogram;
  private readonly failovers: Counter;
  private readonly restarts: Counter;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly providers: ProviderMetrics,
  ) {
    const buckets = WAIT_SECONDS;
    this.audioSeconds = registry.counter(
      'parley_transcription_audio_seconds_total',
      'Audio that sessions were sent, as it lasts',
    );
    this.ended = registry.counter(
      'parley_transcription_sessions_ended_total',
      'Live sessions that are over, by ending: done (all audio became words), failed or refused (no worker took it)',
      ['ending'],
    );
    for (const ending of ['done', 'failed', 'refused'] as const) this.ended.inc({ ending }, 0);
    this.starts = registry.histogram(
      'parley_transcription_start_seconds',
      'From session:start until a worker has taken the session, the queue included',
      buckets,
    );
    this.finals = registry.histogram(
      'parley_transcription_final_seconds',
      'From the arrival of the last audio of an utterance to its final, silence that ends it included',
      buckets,
    );
    this.failovers = registry.counter(
      'parley_transcription_failovers_total',
      'Sessions that lost their worker',
    );
    this.restarts = registry.counter(
      'parley_transcription_drains_total',
      'Sessions whose worker told them to leave',
    );
  }

  /** @param places of the sessions that are open now, whether or not a client is connected */
  watch(places: Places): void {
    this.registry.gauge('parley_transcription_sessions', 'Live sessions', () => places.taken);
    this.registry.watchPlaces('transcription', places);
  }

  started(waitMs: number): void {
    this.starts.observe(waitMs / 1_000);
  }

  heard(samples: number): void {
    this.audioSeconds.inc(samples / SPEECH_SAMPLE_RATE);
  }

  told(event: TranscriberEvent): void {
    if (event.type === 'final' && event.final.latencyMs !== undefined)
      this.finals.observe(event.final.latencyMs / 1_000);
    if (event.type !== 'state') return;
    if (event.state === 'failover') this.failovers.inc();
    else if (event.state === 'draining') this.restarts.inc();
  }

  /** A final that the worker gave is stored, and on its way to the client. */
  passedOn(ms: number): void {
    this.providers.tookToPassOn('transcription', ms);
  }

  over(ending: 'done' | 'failed' | 'refused'): void {
    this.ended.inc({ ending });
  }
}
