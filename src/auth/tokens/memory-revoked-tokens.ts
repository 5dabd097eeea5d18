import { OverloadedError } from '../../common/errors/caller-errors.js';
import type { RevokedToken, RevokedTokens } from './revoked-tokens.js';

/** Of this process only, as tokens are whose secret was made up at its start. */
export class MemoryRevokedTokens implements RevokedTokens {
  /** By tenant: when each token ends, by its id. */
  private readonly tenants = new Map<string, Map<string, number>>();

  /** @param maxPerTenant none is forgotten for another, which would make it valid again */
  constructor(
    private readonly maxPerTenant: number,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async add(token: RevokedToken): Promise<void> {
    const { id, tenantId } = token;
    const revoked = this.tenants.get(tenantId) ?? new Map<string, number>();
    if (revoked.size >= this.maxPerTenant) this.dropExpired(revoked);
    if (revoked.size >= this.maxPerTenant && !revoked.has(id))
      throw new OverloadedError('Too many tokens are revoked already. Revoking their key ends all of them.', {
        retryAfterMs: 60_000,
      });
    this.restore(token);
  }

  /** One that was revoked before this process: it counts, and is not counted out. */
  restore({ id, tenantId, expiresAtMs }: RevokedToken): void {
    if (expiresAtMs <= this.nowMs()) return;
    const revoked = this.tenants.get(tenantId) ?? new Map<string, number>();
    this.tenants.set(tenantId, revoked.set(id, expiresAtMs));
  }

  async has({ id, tenantId }: Pick<RevokedToken, 'id' | 'tenantId'>): Promise<boolean> {
    return this.tenants.get(tenantId)?.has(id) === true;
  }

  private dropExpired(revoked: Map<string, number>): void {
    for (const [id, expiresAtMs] of revoked) if (expiresAtMs <= this.nowMs()) revoked.delete(id);
  }
}
