import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AMOUNTS, type Spend } from './ledger.js';

const STEPS = ['reserve', 'settle', 'states', 'enter', 'leave', 'usage'] as const;

/** What is counted of the ledger. */
@Injectable()
export class LedgerMetrics {
  private readonly spent: Counter<'modality' | 'unit'>;
  private readonly refused: Counter<'budget'>;
  private readonly exceeded: Counter<'budget'>;
  private readonly failures: Counter<'step'>;

  constructor(registry: MetricsRegistry) {
    this.spent = registry.counter(
      'parley_ledger_spent_total',
      'What was spent, by modality and unit, as it was settled',
      ['modality', 'unit'],
    );
    this.refused = registry.counter(
      'parley_ledger_refused_total',
      'Spends that a budget refused, by budget',
      ['budget'],
    );
    this.exceeded = registry.counter(
      'parley_ledger_soft_exceeded_total',
      'Spends that were allowed over a soft budget, by budget',
      ['budget'],
    );
    this.failures = registry.counter(
      'parley_ledger_failures_total',
      'Calls to the ledger that failed, by step',
      ['step'],
    );
    // A first failure is no rise of what was not there.
    for (const step of STEPS) this.failures.inc({ step }, 0);
  }

  settled({ modality, amounts }: Spend): void {
    for (const unit of AMOUNTS) {
      const amount = amounts[unit];
      if (amount) this.spent.inc({ modality, unit }, amount);
    }
  }

  /** @param budget its policy name, or that of the places, e.g. `key-runs` */
  refusedBy(budget: string): void {
    this.refused.inc({ budget });
  }

  exceededSoftly(budget: string): void {
    this.exceeded.inc({ budget });
  }

  failed(step: (typeof STEPS)[number]): void {
    this.failures.inc({ step });
  }
}
