import { configurationOf } from '../../src/configuration.js';
import { Budgets } from '../../src/ledger/budgets.js';
import { LedgerMetrics } from '../../src/ledger/ledger-metrics.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { MemoryLedger } from '../../src/ledger/providers/memory/memory-ledger.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';

/** What features ask before they spend, with a ledger of its own. Without variables everything is allowed. */
export function budgetsFor(variables: Record<string, string> = {}, ledger?: Ledger): Budgets {
  const { ledger: config } = configurationOf({ NODE_ENV: 'test', ...variables });
  return new Budgets(ledger ?? new MemoryLedger(config), config, new LedgerMetrics(new MetricsRegistry()));
}
