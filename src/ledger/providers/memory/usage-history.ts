import { KeptByTenant } from '../../../common/limits/kept-by-tenant.js';
import {
  AMOUNTS,
  type Account,
  type Amounts,
  type Spend,
  type UsageEntry,
  type UsageQuery,
} from '../../ledger.js';

export interface HistoryLimits {
  keepMs: number;
  /** Lines of all tenants together; beyond it the tenant that has most of them loses its oldest. */
  maxEntries: number;
}

const HOUR_MS = 3_600_000;
/** Callers name models, so a tenant could fill the history with names. */
const MAX_MODELS_PER_HOUR = 100;
const OTHER_MODELS = 'other';

/** What was spent, in one line for each hour, key, modality and model. */
export class UsageHistory {
  /** Of each tenant in the order of their hours. */
  private readonly entries: KeptByTenant<UsageEntry>;
  private hour = 0;
  /** Models of each tenant in the hour that goes on. */
  private readonly models = new Map<string, Set<string>>();

  constructor(private readonly limits: HistoryLimits) {
    this.entries = new KeptByTenant(limits.maxEntries);
  }

  /** What has spent nothing leaves no line. */
  add(account: Account, spend: Spend, now: number): void {
    if (AMOUNTS.every((unit) => !spend.amounts[unit])) return;
    this.begin(Math.floor(now / HOUR_MS) * HOUR_MS);
    const entry = this.entryOf(account, spend);
    if (!spend.isContinued) entry.calls += 1;
    entry.amounts = sumOf(entry.amounts, spend.amounts);
  }

  read({ tenantId, from, to }: UsageQuery, now: number): UsageEntry[] {
    this.forget(now);
    const entries = tenantId === undefined ? this.entries.all() : this.entries.of(tenantId);
    return [...entries].filter(({ hour }) => hour + HOUR_MS > from && hour < to);
  }

  private entryOf({ tenantId, keyId }: Account, spend: Spend): UsageEntry {
    const model = this.modelOf(tenantId, spend.model);
    const { modality } = spend;
    const name = JSON.stringify([this.hour, keyId, modality, model]);
    const known = this.entries.get(tenantId, name);
    if (known) return known;
    const entry = { hour: this.hour, tenantId, keyId, modality, model, calls: 0, amounts: sumOf({}, {}) };
    this.entries.add(tenantId, name, entry);
    return entry;
  }

  private modelOf(tenantId: string, model: string): string {
    const models = this.models.get(tenantId) ?? new Set<string>();
    this.models.set(tenantId, models);
    if (!models.has(model) && models.size >= MAX_MODELS_PER_HOUR) return OTHER_MODELS;
    models.add(model);
    return model;
  }

  /** A clock that was set back goes on in the hour that it had reached. */
  private begin(hour: number): void {
    if (hour <= this.hour) return;
    this.hour = hour;
    this.models.clear();
    this.forget(hour);
  }

  private forget(now: number): void {
    this.entries.removeOldest(({ hour }) => hour + HOUR_MS <= now - this.limits.keepMs);
  }
}

/** The sum of two, with a figure for each unit. */
export function sumOf(one: Amounts, other: Amounts): Required<Amounts> {
  const sum = AMOUNTS.map((unit) => [unit, (one[unit] ?? 0) + (other[unit] ?? 0)] as const);
  return Object.fromEntries(sum) as Required<Amounts>;
}
