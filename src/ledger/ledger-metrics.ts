import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AMOUNTS, type Budget, type Spend } from './ledger.js';
import { policyName } from './rate-limit-fields.js';

/** What is counted of the ledger. */
@Injectable()
export class LedgerMetrics {
  private readonly spent: Counter<'modality' | 'unit'>;
  private readonly refused: Counter<'budget'>;
  private readonly exceeded: Counter<'budget'>;
  private readonly failures: Counter<'step'>;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.spent = new Counter({
      name: 'parley_ledger_spent_total',
      help: 'What was spent, by modality and unit, as it was settled',
      labelNames: ['modality', 'unit'],
      registers,
    });
    this.refused = new Counter({
      name: 'parley_ledger_refused_total',
      help: 'Spends that a budget refused, by budget',
      labelNames: ['budget'],
      registers,
    });
    this.exceeded = new Counter({
      name: 'parley_ledger_soft_exceeded_total',
      help: 'Spends that were allowed over a soft budget, by budget',
      labelNames: ['budget'],
      registers,
    });
    this.failures = new Counter({
      name: 'parley_ledger_failures_total',
      help: 'Calls to the ledger that failed, by step',
      labelNames: ['step'],
      registers,
    });
  }

  settled({ modality, amounts }: Spend): void {
    for (const unit of AMOUNTS) {
      const amount = amounts[unit];
      if (amount) this.spent.inc({ modality, unit }, amount);
    }
  }

  refusedBy(budget: Budget | string): void {
    this.refused.inc({ budget: typeof budget === 'string' ? budget : policyName(budget) });
  }

  exceededSoftly(budget: Budget | string): void {
    this.exceeded.inc({ budget: typeof budget === 'string' ? budget : policyName(budget) });
  }

  failed(step: 'reserve' | 'settle' | 'states' | 'enter' | 'leave' | 'usage'): void {
    this.failures.inc({ step });
  }
}
