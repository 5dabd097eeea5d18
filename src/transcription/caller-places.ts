import { RateLimitedError } from '../common/errors/caller-errors.js';
import { TenantConcurrencyLimit } from '../common/limits/concurrency-limit.js';
import type { TenantSharing } from '../common/limits/tenant-shares.js';

/** The limits on live sessions: of the server, of a tenant's share, and of one caller. */
export class CallerPlaces {
  private readonly all: TenantConcurrencyLimit;

  constructor(
    maxSessions: number,
    private readonly maxPerCaller: number,
    sharing: TenantSharing,
  ) {
    this.all = new TenantConcurrencyLimit(maxSessions, 'live sessions', sharing);
  }

  get taken(): number {
    return this.all.taken;
  }

  /**
   * @throws OverloadedError when all places, or all that this tenant may have, are taken
   * @throws RateLimitedError when the caller has as many sessions as one may have
   */
  acquire(tenantId: string): () => void {
    if (this.all.takenBy(tenantId) >= this.maxPerCaller)
      throw new RateLimitedError(`A caller may have ${this.maxPerCaller} live sessions.`, {
        retryAfterMs: 1_000,
      });
    return this.all.acquire(tenantId);
  }
}
