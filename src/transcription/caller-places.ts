import { RateLimitedError } from '../common/errors/caller-errors.js';
import { Places } from '../common/limits/places.js';

/** Places for live sessions: so many in all, so many per caller, so that one caller cannot take them all. */
export class CallerPlaces {
  readonly #all: Places;
  readonly #perTenant = new Map<string, number>();

  constructor(
    maxSessions: number,
    private readonly maxPerCaller: number,
  ) {
    this.#all = new Places(maxSessions, 'live sessions');
  }

  get taken(): number {
    return this.#all.taken;
  }

  /**
   * @throws OverloadedError when all places are taken
   * @throws RateLimitedError when the caller has as many sessions as one may have
   */
  take(tenantId: string): () => void {
    const own = this.#perTenant.get(tenantId) ?? 0;
    if (own >= this.maxPerCaller)
      throw new RateLimitedError(`A caller may have ${this.maxPerCaller} live sessions.`, {
        retryAfterMs: 1_000,
      });
    const leave = this.#all.take();
    this.#perTenant.set(tenantId, own + 1);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      leave();
      const left = this.#perTenant.get(tenantId)! - 1;
      if (left === 0) this.#perTenant.delete(tenantId);
      else this.#perTenant.set(tenantId, left);
    };
  }
}
