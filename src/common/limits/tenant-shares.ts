/** How the tenants of a server share what is limited. */
export interface TenantSharing {
  /** How many tenants there are. A lone one gets everything. */
  tenants: number;
  /** What one of several tenants may hold at most, in percent. What is left is kept for the others, in equal parts. */
  percent: number;
}

export const ONE_TENANT: TenantSharing = { tenants: 1, percent: 100 };

/**
 * Who holds how much of something limited: places, bytes, kept things. No tenant holds more than its share, and each of the others
 * always finds its part of the rest, whatever the first one does.
 */
export class TenantShares {
  private readonly held = new Map<string, number>();
  /** Most that one tenant may hold. */
  private readonly share: number;
  /** What is kept for each tenant. */
  private readonly kept: number;
  /** What everybody may take beyond that. */
  private readonly common: number;
  private commonTaken = 0;
  private _taken = 0;

  constructor(
    readonly limit: number,
    { tenants, percent }: TenantSharing,
  ) {
    this.share = tenants === 1 ? limit : Math.max(1, Math.floor((limit * percent) / 100));
    this.kept = tenants === 1 ? limit : Math.floor((limit - this.share) / (tenants - 1));
    this.common = limit - tenants * this.kept;
  }

  get taken(): number {
    return this._taken;
  }

  takenBy(tenantId: string): number {
    return this.held.get(tenantId) ?? 0;
  }

  /** Whether the tenant may take that much more. */
  fits(tenantId: string, amount = 1): boolean {
    const own = this.takenBy(tenantId);
    const common = this.commonTaken + this.commonOf(own + amount) - this.commonOf(own);
    const takesOfCommon = own + amount > this.kept;
    return (
      this._taken + amount <= this.limit &&
      own + amount <= this.share &&
      (!takesOfCommon || common <= this.common)
    );
  }

  /** Without asking: what was there before the limit, say. */
  add(tenantId: string, amount = 1): void {
    const own = this.takenBy(tenantId);
    this.commonTaken += this.commonOf(own + amount) - this.commonOf(own);
    this._taken += amount;
    if (own + amount === 0) this.held.delete(tenantId);
    else this.held.set(tenantId, own + amount);
  }

  /** @returns false when it does not fit; nothing is taken then */
  acquire(tenantId: string, amount = 1): boolean {
    if (!this.fits(tenantId, amount)) return false;
    this.add(tenantId, amount);
    return true;
  }

  release(tenantId: string, amount = 1): void {
    this.add(tenantId, -amount);
  }

  private commonOf(own: number): number {
    return Math.max(0, own - this.kept);
  }
}
