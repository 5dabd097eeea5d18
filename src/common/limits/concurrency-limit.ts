import { OverloadedError } from '../errors/caller-errors.js';
import { TenantShares, type TenantSharing } from './tenant-shares.js';
import { releaseOnce } from './release-once.js';

/** A limit on how many things run at once. */
export interface ConcurrencyLimit {
  /**
   * Takes one place at once; nothing waits.
   * @returns the release: call it when the work has ended. Further calls do nothing.
   * @throws OverloadedError when no place is free
   */
  acquire(): () => void;
}

/** A concurrency limit whose places the tenants share (see `TenantShares`), so that no tenant can take all of them. */
export class TenantConcurrencyLimit {
  private readonly shares: TenantShares;

  /** @param what is limited, as the refusal names it */
  constructor(
    limit: number,
    private readonly what: string,
    sharing: TenantSharing,
    private readonly retryAfterMs = 1_000,
  ) {
    this.shares = new TenantShares(limit, sharing);
  }

  get taken(): number {
    return this.shares.taken;
  }

  get limit(): number {
    return this.shares.limit;
  }

  takenBy(tenantId: string): number {
    return this.shares.takenBy(tenantId);
  }

  /** The limit as one tenant meets it. */
  of(tenantId: string): ConcurrencyLimit {
    return { acquire: () => this.acquire(tenantId) };
  }

  /**
   * @returns the release, as in `ConcurrencyLimit`
   * @throws OverloadedError when all places, or this tenant's share of them, are taken
   */
  acquire(tenantId: string): () => void {
    if (!this.shares.acquire(tenantId)) throw this.refusal();
    return releaseOnce(() => this.shares.release(tenantId));
  }

  private refusal(): OverloadedError {
    const { taken, limit } = this.shares;
    const which = taken >= limit ? `All ${limit} places` : 'Your share of the places';
    const are = taken >= limit ? 'are' : 'is';
    return new OverloadedError(`${which} for ${this.what} ${are} taken.`, {
      retryAfterMs: this.retryAfterMs,
    });
  }
}
