/**
 * How many windows of tokens are counted. A key can make any number of tokens, so there is a bound for each tenant. None is forgotten
 * for another before it is over: its token could spend all of it again.
 */
export class TokenWindows {
  /** By tenant: when each window is over, by its name. */
  private readonly tenants = new Map<string, Map<string, number>>();

  constructor(private readonly maxPerTenant: number) {}

  /** @throws when the tenant has as many as are counted */
  add(tenantId: string, windows: ReadonlyMap<string, number>, nowMs: number): void {
    const known = this.tenants.get(tenantId) ?? new Map<string, number>();
    const added = [...windows].filter(([name]) => !known.has(name));
    if (added.length === 0) return;
    if (known.size + added.length > this.maxPerTenant) dropOver(known, nowMs);
    if (known.size + added.length > this.maxPerTenant)
      throw new Error(`More than ${this.maxPerTenant} budgets of tokens: LEDGER_MAX_TOKEN_WINDOWS`);
    for (const [name, endsAtMs] of added) known.set(name, endsAtMs);
    this.tenants.set(tenantId, known);
  }
}

function dropOver(windows: Map<string, number>, nowMs: number): void {
  for (const [name, endsAtMs] of windows) if (endsAtMs <= nowMs) windows.delete(name);
}
