import { RateLimitedError } from '../common/errors/caller-errors.js';
import { TenantPlaces } from '../common/limits/tenant-places.js';
import type { TenantSharing } from '../common/limits/tenant-shares.js';

/** Places for live sessions: so many in all, of which each tenant has its share, and so many per caller. */
export class CallerPlaces {
  private readonly all: TenantPlaces;

  constructor(
    maxSessions: number,
    private readonly maxPerCaller: number,
    sharing: TenantSharing,
  ) {
    this.all = new TenantPlaces(maxSessions, 'live sessions', sharing);
  }

  get taken(): number {
    return this.all.taken;
  }

  /**
   * @throws OverloadedError when all places, or all that this tenant may have, are taken
   * @throws RateLimitedError when the caller has as many sessions as one may have
   */
  take(tenantId: string): () => void {
    if (this.all.takenBy(tenantId) >= this.maxPerCaller)
      throw new RateLimitedError(`A caller may have ${this.maxPerCaller} live sessions.`, {
        retryAfterMs: 1_000,
      });
    return this.all.take(tenantId);
  }
}
