import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Caller } from '../../auth/caller.js';
import { ForbiddenError, InvalidInputError, OverloadedError } from '../../common/errors/caller-errors.js';
import { answerWithin } from '../answer-within.js';
import { ledgerConfig } from '../ledger.config.js';
import { AMOUNTS, LEDGER, type Amounts, type Ledger, type UsageEntry } from '../ledger.js';
import { LedgerMetrics } from '../ledger-metrics.js';
import { Prices } from '../prices.js';
import type { Grouping, UsageInput } from './usage-query.js';

const DAY_MS = 86_400_000;
const DEFAULT_RANGE_MS = 30 * DAY_MS;
const ALL_TENANTS = '*';

export interface UsageGroup extends Record<keyof Amounts, number> {
  /** What all of it has in common, as `groupBy` says. */
  group: string;
  calls: number;
  /** In `currency`; null where a model has no price. */
  cost: number | null;
}

export interface UsageBody {
  tenant: string;
  from: string;
  to: string;
  groupBy: Grouping;
  currency: string | null;
  /** The day of the prices. */
  pricesOf: string | null;
  groups: UsageGroup[];
}

/** What was spent, in groups. */
@Injectable()
export class UsageService {
  constructor(
    @Inject(LEDGER) private readonly ledger: Ledger,
    private readonly prices: Prices,
    private readonly metrics: LedgerMetrics,
    @Inject(ledgerConfig.KEY) private readonly config: ConfigType<typeof ledgerConfig>,
  ) {}

  /** @throws ForbiddenError for what is another tenant's, unless the caller rules */
  async usage({ groupBy, tenant, ...range }: UsageInput, caller: Caller): Promise<UsageBody> {
    const { tenantId = caller.tenantId } = { tenantId: tenant };
    if (tenantId !== caller.tenantId && !caller.scopes.has('admin'))
      throw new ForbiddenError('Only a key with the scope "admin" may see other tenants.', {
        param: 'tenant',
      });
    const to = range.to ?? Date.now();
    const { keepMs } = this.config;
    const from = range.from ?? to - Math.min(DEFAULT_RANGE_MS, keepMs);
    if (from >= to) throw new InvalidInputError('from', 'from must be before to.');
    if (to - from > keepMs)
      throw new InvalidInputError(
        'from',
        `At most ${keepMs / DAY_MS} days can be asked for, which is as long as it is kept.`,
      );
    const entries = await this.read({ from, to, tenantId: tenantId === ALL_TENANTS ? undefined : tenantId });
    return {
      tenant: tenantId,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      groupBy,
      currency: this.prices.currency,
      pricesOf: this.prices.date,
      groups: this.grouped(entries, groupBy),
    };
  }

  private async read(query: Parameters<Ledger['usage']>[0]): Promise<UsageEntry[]> {
    try {
      return await answerWithin(this.config.timeoutMs, this.ledger.usage(query));
    } catch (cause) {
      this.metrics.failed('usage');
      throw new OverloadedError('What was spent cannot be read now.', { retryAfterMs: 1_000, cause });
    }
  }

  private grouped(entries: readonly UsageEntry[], groupBy: Grouping): UsageGroup[] {
    const groups = new Map<string, UsageGroup>();
    for (const entry of entries) {
      const name = groupOf(entry, groupBy);
      const group = groups.get(name) ?? emptyGroup(name);
      groups.set(name, group);
      group.calls += entry.calls;
      for (const unit of AMOUNTS) group[unit] += entry.amounts[unit];
      const cost = this.prices.costOf(entry.model, entry.amounts);
      group.cost = cost === null || group.cost === null ? null : group.cost + cost;
    }
    return [...groups.values()].toSorted((one, other) => (one.group < other.group ? -1 : 1));
  }
}

function emptyGroup(group: string): UsageGroup {
  return {
    group,
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    characters: 0,
    audioSeconds: 0,
    storageBytes: 0,
    cost: 0,
  };
}

function groupOf(entry: UsageEntry, groupBy: Grouping): string {
  switch (groupBy) {
    case 'day':
      return new Date(entry.hour).toISOString().slice(0, 'yyyy-mm-dd'.length);
    case 'hour':
      return new Date(entry.hour).toISOString();
    case 'key':
      return entry.keyId;
    default:
      return entry[groupBy];
  }
}
