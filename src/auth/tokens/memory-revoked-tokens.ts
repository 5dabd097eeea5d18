import { OverloadedError } from '../../common/errors/caller-errors.js';
import type { RevokedToken, RevokedTokens } from './revoked-tokens.js';

/** Of this process only, and so are the tokens, unless `AUTH_TOKEN_SECRETS` lets them outlive it. */
export class MemoryRevokedTokens implements RevokedTokens {
  /** By tenant: when each token ends, by its id. */
  private readonly tenants = new Map<string, Map<string, number>>();

  /** @param maxPerTenant none is forgotten for another, which would make it valid again */
  constructor(
    private readonly maxPerTenant: number,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async add({ id, tenantId, expiresAtMs }: RevokedToken): Promise<void> {
    const revoked = this.tenants.get(tenantId) ?? new Map<string, number>();
    if (revoked.size >= this.maxPerTenant) this.dropExpired(revoked);
    if (revoked.size >= this.maxPerTenant && !revoked.has(id))
      throw new OverloadedError('Too many tokens are revoked already. Revoking their key ends all of them.', {
        retryAfterMs: 60_000,
      });
    revoked.set(id, expiresAtMs);
    this.tenants.set(tenantId, revoked);
  }

  async has({ id, tenantId }: Pick<RevokedToken, 'id' | 'tenantId'>): Promise<boolean> {
    return this.tenants.get(tenantId)?.has(id) === true;
  }

  private dropExpired(revoked: Map<string, number>): void {
    for (const [id, expiresAtMs] of revoked) if (expiresAtMs <= this.nowMs()) revoked.delete(id);
  }
}
