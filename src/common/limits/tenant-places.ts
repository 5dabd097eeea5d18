import { OverloadedError } from '../errors/caller-errors.js';
import { TenantShares, type TenantSharing } from './tenant-shares.js';

/**
 * A fixed number of places that tenants share (see `TenantShares`), so that one of them cannot refuse the others. Whoever finds none
 * gets a typed refusal at once instead of a queue.
 */
export class TenantPlaces {
  private readonly shares: TenantShares;

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

  takenBy(tenantId: string): number {
    return this.shares.takenBy(tenantId);
  }

  /**
   * Call the result once the work has ended; further calls do nothing.
   * @throws OverloadedError when all places, or all that this tenant may have, are taken
   */
  take(tenantId: string): () => void {
    if (!this.shares.take(tenantId)) throw this.refusal();
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.shares.give(tenantId);
    };
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
