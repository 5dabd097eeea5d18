import { Budgets } from '../../src/ledger/budgets.js';
import type { BudgetUnit } from '../../src/ledger/ledger.js';
import type { UsageBody } from '../../src/ledger/usage/usage.service.js';
import type { RunningApp } from './start-app.js';
import { headersOf } from './tenant-keys.js';
import { waitFor } from './wait-for.js';

/** Settling follows the answer, so what was spent is read until it is there. */
export async function eventually(claim: () => Promise<void>): Promise<void> {
  let failure: unknown;
  try {
    await waitFor(
      () =>
        claim().then(
          () => true,
          (error: unknown) => {
            failure = error;
            return false;
          },
        ),
      'the claim',
    );
  } catch {
    throw failure;
  }
}

/** What `GET /usage` tells the key of a tenant. */
export async function usageOf(
  { url }: Pick<RunningApp, 'url'>,
  tenant: string,
  query = 'groupBy=modality',
): Promise<UsageBody> {
  const response = await fetch(`${url}/usage?${query}`, { headers: headersOf(tenant) });
  return (await response.json()) as UsageBody;
}

/** What the budgets of a tenant have left of a unit, the smallest of them. */
export async function leftOf(
  { app }: Pick<RunningApp, 'app'>,
  tenantId: string,
  unit: BudgetUnit,
): Promise<number> {
  const states = await app.get(Budgets).states({ tenantId, keyId: 'any', scopes: new Set() }, [unit]);
  return Math.min(...states.map(({ remaining }) => remaining));
}

/** Tenants that have spent nothing yet, and the `API_KEYS` with a key of each (`test/support/tenant-keys.ts`). */
export class FreshTenants {
  private taken = 0;

  constructor(private readonly count = 30) {}

  get names(): string[] {
    return Array.from({ length: this.count }, (_, index) => `tenant${index + 1}`);
  }

  next(): string {
    this.taken += 1;
    if (this.taken > this.count) throw new Error('More tenants than have a key');
    return `tenant${this.taken}`;
  }
}
