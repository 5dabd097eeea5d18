import { Injectable } from '@nestjs/common';
import type { Counter, Histogram } from 'prom-client';
import { annotate } from '../common/tracing/spans.js';
import { MetricsRegistry, WAIT_SECONDS } from '../metrics/metrics-registry.js';
import { ParleyError } from '../common/errors/parley-error.js';
import { ProviderMetrics, type CallDetails, type ProviderCall } from '../metrics/provider-metrics.js';
import type { ClipStore } from './clips/clip-store.js';
import type { SpeechCache } from './storage/speech-cache.js';
import type { Speech, SpeechSource } from './speech.js';
import type { SpeechFlights } from './flights/speech-flights.js';

/** What is counted of speech. */
@Injectable()
export class SpeechMetrics {
  private readonly fallbacks: Counter<'from' | 'to' | 'code'>;
  private readonly speeches: Counter<'source'>;
  private readonly firstBytes: Histogram<'source'>;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly providers: ProviderMetrics,
  ) {
    this.fallbacks = registry.counter(
      'parley_tts_fallbacks_total',
      'Speeches that another provider spoke, by the one that should have, the one that did, and the code of the reason.',
      ['from', 'to', 'code'],
    );
    this.speeches = registry.counter(
      'parley_tts_speeches_total',
      'Speeches by where their bytes come from: hit (the cache), join (a synthesis that another request has begun), miss (a provider)',
      ['source'],
    );
    for (const source of ['hit', 'join', 'miss'] satisfies SpeechSource[]) this.speeches.inc({ source }, 0);
    this.firstBytes = registry.histogram(
      'parley_tts_first_byte_seconds',
      'From the arrival of a request to the first byte of its speech',
      WAIT_SECONDS,
      ['source'],
    );
  }

  /** Shows what is kept, and what goes on. */
  watch(
    cache: Pick<SpeechCache, 'bytes' | 'size'>,
    flights: Pick<SpeechFlights, 'size' | 'heldBytes' | 'places'>,
    clips: Pick<ClipStore, 'size' | 'takenBytes'>,
  ): void {
    const { registry } = this;
    registry.gauge('parley_tts_cache_bytes', 'Bytes of the speeches in the cache', () => cache.bytes);
    registry.gauge('parley_tts_cache_speeches', 'Speeches in the cache', () => cache.size);
    registry.gauge('parley_tts_flights', 'Syntheses that can be joined', () => flights.size);
    registry.gauge('parley_tts_flight_bytes', 'Memory that holds them', () => flights.heldBytes);
    registry.gauge('parley_tts_clips', 'Clips that are kept', () => clips.size);
    registry.gauge('parley_tts_clip_bytes', 'Bytes of the clips that are kept', () => clips.takenBytes);
    registry.watchPlaces('tts', flights.places);
  }

  fellBack(from: string, to: string, code: string): void {
    this.fallbacks.inc({ from, to, code });
  }

  called(provider: string, details: CallDetails): ProviderCall {
    return this.providers.begin('tts', provider, details);
  }

  /** The provider failed after its first byte. What fails here, such as an encoder, is none of its faults. */
  brokeOff({ provider, error }: { provider: string; error: unknown }): void {
    if (error instanceof ParleyError && error.code.startsWith('provider_'))
      this.providers.failed('tts', provider, error);
  }

  /** Everybody left before the provider had given the whole audio. */
  aborted(provider: string): void {
    this.providers.aborted('tts', provider);
  }

  /** A speech whose first byte leaves now. */
  begun({ source, provider }: Speech): void {
    this.speeches.inc({ source });
    annotate({ 'parley.speech.source': source, 'parley.speech.provider': provider });
    const seconds = this.providers.passedOn('tts');
    if (seconds !== undefined) this.firstBytes.observe({ source }, seconds);
  }
}
