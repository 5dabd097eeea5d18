import type { CallerLimits, SpendLimit } from '../auth/caller-limits.js';
import type { Budget, BudgetUnit } from './ledger.js';

/** The budgets of a caller: those of its tenant, and those of its key. */
export function budgetsOf(tenant: CallerLimits, key: CallerLimits | undefined): readonly Budget[] {
  return [...budgetsIn('tenant', tenant), ...(key ? budgetsIn('key', key) : [])];
}

function budgetsIn(of: Budget['of'], { perMinute, perDay, mode }: CallerLimits): Budget[] {
  const isSoft = mode === 'soft';
  const budgets: Budget[] = [];
  for (const [window, limits] of [
    ['minute', perMinute],
    ['day', perDay],
  ] as const)
    for (const [unit, limit] of Object.entries(limits ?? {}) as [BudgetUnit, SpendLimit[BudgetUnit]][])
      if (limit !== undefined) budgets.push({ of, unit, window, limit, isSoft });
  return budgets;
}

/** The least that any hard budget of a unit allows in its window. */
export function smallestLimit(budgets: readonly Budget[], unit: BudgetUnit): number {
  return budgets
    .filter((budget) => budget.unit === unit && !budget.isSoft)
    .reduce((least, { limit }) => Math.min(least, limit), Infinity);
}
