import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** What is counted of speech. */
@Injectable()
export class SpeechMetrics {
  private readonly fallbacks: Counter<'from' | 'to' | 'code'>;

  constructor(registry: MetricsRegistry) {
    this.fallbacks = new Counter({
      name: 'parley_tts_fallbacks_total',
      help: 'Speeches that another provider spoke, by the one that should have, the one that did, and the code of the reason.',
      labelNames: ['from', 'to', 'code'],
      registers: [registry],
    });
  }

  fellBack(from: string, to: string, code: string): void {
    this.fallbacks.inc({ from, to, code });
  }
}
