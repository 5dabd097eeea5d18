import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter } from 'prom-client';
import { errorChannel, type ToldError } from '../common/errors/error-channel.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Counts the failures that callers were told of. */
@Injectable()
export class ErrorMetrics implements OnModuleDestroy {
  private readonly errors: Counter<'transport' | 'code'>;

  constructor(registry: MetricsRegistry) {
    this.errors = new Counter({
      name: 'parley_errors_total',
      help: 'Failures that callers were told of, by transport and code (docs/api/errors.md)',
      labelNames: ['transport', 'code'],
      registers: [registry],
    });
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
