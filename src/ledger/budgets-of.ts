import type { CallerLimits, SpendLimit } from '../auth/caller-limits.js';
import type { Budget, BudgetUnit, PlaceKind, Places } from './ledger.js';

/** Who may limit a spend: each in windows of its own, and all of them have to allow it. */
export interface Limits {
  tenant: CallerLimits;
  key: CallerLimits | undefined;
  token: CallerLimits | undefined;
}

/** The budgets of a caller, the widest first. */
export function budgetsOf({ tenant, key, token }: Limits): readonly Budget[] {
  return [...budgetsIn('tenant', tenant), ...budgetsIn('key', key), ...budgetsIn('token', token)];
}

/** The places of a caller: those of its key, which the server may limit as well, and those of its token. */
export function placesOf({ tenant, key, token }: Limits, kind: PlaceKind): readonly Places[] {
  const name = kind === 'runs' ? 'concurrentRuns' : 'concurrentSessions';
  const [common = Infinity, own = Infinity, ofToken = Infinity] = [tenant, key, token].map(
    (limits) => limits?.[name],
  );
  const places: Places[] = [
    { of: 'key', limit: Math.min(own, common), isSoft: (own <= common ? key : tenant)?.mode === 'soft' },
    { of: 'token', limit: ofToken, isSoft: token?.mode === 'soft' },
  ];
  return places.filter(({ limit }) => limit !== Infinity);
}

function budgetsIn(of: Budget['of'], { perMinute, perDay, mode }: CallerLimits = {}): Budget[] {
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
