import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { errorChannel, type ToldError } from '../common/errors/error-channel.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Counts the failures that callers were told of. */
@Injectable()
export class ErrorMetrics implements OnModuleDestroy {
  private readonly errors: Counter<'transport' | 'code'>;

  constructor(registry: MetricsRegistry) {
    this.errors = registry.counter(
      'parley_errors_total',
      'Failures that callers were told of, by transport and code (docs/api/errors.md)',
      ['transport', 'code'],
    );
    errorChannel.subscribe(this.count);
  }

  onModuleDestroy(): void {
    errorChannel.unsubscribe(this.count);
  }

  private readonly count = (message: unknown): void => {
    const { transport, code } = message as ToldError;
    this.errors.inc({ transport, code });
  };
}
