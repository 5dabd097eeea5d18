/** How the tenants of a server share a limit. */
export interface TenantSharing {
  /** Number of tenants. A single tenant gets the whole limit. It may change: what each may hold changes with it. */
  tenants: number;
  /** The most that one of several tenants may hold, in percent. The rest is reserved for the others in equal parts. */
  percent: number;
}

export const ONE_TENANT: TenantSharing = { tenants: 1, percent: 100 };

/**
 * Counts how much each tenant holds of a limit (places, bytes, kept items). No tenant holds more than its share, and the part that is
 * reserved for each tenant is always free for it.
 */
export class TenantShares {
  private readonly held = new Map<string, number>();
  /** The number of tenants that `share`, `kept`, `common` and `commonTaken` are for. */
  private tenants = 0;
  /** Most that one tenant may hold. */
  private share = 0;
  /** Reserved for each tenant. */
  private kept = 0;
  /** Available to all tenants beyond their reserved parts. */
  private common = 0;
  private commonTaken = 0;
  private _taken = 0;

  constructor(
    readonly limit: number,
    private readonly sharing: TenantSharing,
  ) {
    this.divide();
  }

  get taken(): number {
    return this._taken;
  }

  takenBy(tenantId: string): number {
    return this.held.get(tenantId) ?? 0;
  }

  /** Whether `acquire` would succeed. */
  fits(tenantId: string, amount = 1): boolean {
    this.divide();
    const own = this.takenBy(tenantId);
    const common = this.commonTaken + this.commonOf(own + amount) - this.commonOf(own);
    const takesOfCommon = own + amount > this.kept;
    return (
      this._taken + amount <= this.limit &&
      own + amount <= this.share &&
      (!takesOfCommon || common <= this.common)
    );
  }

  /** Counts an amount without a check, for example what was stored before the start. */
  add(tenantId: string, amount = 1): void {
    this.divide();
    const own = this.takenBy(tenantId);
    this.commonTaken += this.commonOf(own + amount) - this.commonOf(own);
    this._taken += amount;
    if (own + amount === 0) this.held.delete(tenantId);
    else this.held.set(tenantId, own + amount);
  }

  /** @returns false when the amount does not fit; nothing is counted then */
  acquire(tenantId: string, amount = 1): boolean {
    if (!this.fits(tenantId, amount)) return false;
    this.add(tenantId, amount);
    return true;
  }

  release(tenantId: string, amount = 1): void {
    this.add(tenantId, -amount);
  }

  /** What is held stays held when tenants come or go; only what may be taken from now on changes. */
  private divide(): void {
    const { tenants, percent } = this.sharing;
    if (tenants === this.tenants) return;
    const { limit } = this;
    this.tenants = tenants;
    this.share = tenants === 1 ? limit : Math.max(1, Math.floor((limit * percent) / 100));
    this.kept = tenants === 1 ? limit : Math.floor((limit - this.share) / (tenants - 1));
    this.common = limit - tenants * this.kept;
    this.commonTaken = 0;
    for (const own of this.held.values()) this.commonTaken += this.commonOf(own);
  }

  private commonOf(own: number): number {
    return Math.max(0, own - this.kept);
  }
}
