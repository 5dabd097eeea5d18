import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { errorChannel, type ToldError } from '../common/errors/error-channel.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Counts the failures that callers were told of. */
@Injectable()
export class ErrorMetrics implements OnModuleDestroy {
  private readonly errors: Counter<'feature' | 'transport' | 'code'>;

  constructor(registry: MetricsRegistry) {
    this.errors = registry.counter(
      'parley_errors_total',
      'Failures that callers were told of, by code (docs/api/errors.md); feature: the scope that was needed, none when it was refused before',
      ['feature', 'transport', 'code'],
    );
    errorChannel.subscribe(this.count);
  }

  onModuleDestroy(): void {
    errorChannel.unsubscribe(this.count);
  }

  private readonly count = (message: unknown): void => {
    const { feature, transport, code } = message as ToldError;
    this.errors.inc({ feature, transport, code });
  };
}
