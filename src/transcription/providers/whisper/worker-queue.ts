import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { ONE_TENANT, TenantShares, type TenantSharing } from '../../../common/limits/tenant-shares.js';
import type { QueuePlace } from '../../events.js';

export interface QueueLimits {
  /** Sessions that may wait. */
  limit: number;
  /** How long one waits. */
  waitMs: number;
}

interface Waiter {
  tenantId: string;
  tell: (place: QueuePlace) => void;
  position: number;
  wake: () => void;
}

/** The head looks for a place this often, also when nobody says that there is one. */
const LOOK_MS = 500;
/** Before anybody was let in, a guess of how long one has to wait for the next place. */
const FIRST_INTERVAL_MS = 5_000;
/** Weight of the newest interval in the running mean. */
const WEIGHT = 0.3;

/**
 * Sessions that wait for a worker while all are full, each told its place. Tenants take turns, and among those of one tenant it is
 * first come, first served: whoever has many that wait neither fills the queue nor lets the others wait behind all of them.
 */
export class WorkerQueue {
  /** In the order of their turn. */
  private waiters: Waiter[] = [];
  private readonly shares: TenantShares;
  private intervalMs = FIRST_INTERVAL_MS;
  private letInAt: number | undefined;

  constructor(
    private readonly limits: QueueLimits,
    sharing: TenantSharing = ONE_TENANT,
  ) {
    this.shares = new TenantShares(limits.limit, sharing);
  }

  get length(): number {
    return this.waiters.length;
  }

  /** There may be a place. */
  readonly look = (): void => this.waiters[0]?.wake();

  /**
   * Waits until `enter` lets the session in. Only the first in the queue tries.
   * @param enter throws OverloadedError while there is no place; any other error ends the wait
   * @throws OverloadedError when the queue, or the tenant's share of it, is full, or after the longest wait
   */
  async wait(
    tenantId: string,
    enter: () => Promise<void>,
    tell: (place: QueuePlace) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (!this.shares.acquire(tenantId)) {
      const retryAfterMs = this.eta(this.waiters.length + 1);
      throw new OverloadedError('All Whisper workers are busy, and too many sessions are waiting.', {
        retryAfterMs,
      });
    }
    const waiter: Waiter = { tenantId, tell, position: 0, wake: () => undefined };
    this.waiters = inTurn([...this.waiters, waiter]);
    this.tellPlaces();
    const deadline = performance.now() + this.limits.waitMs;
    try {
      for (;;) {
        await this.nextLook(waiter, deadline, signal);
        if (await this.entered(waiter, enter, deadline)) return;
      }
    } finally {
      this.shares.release(tenantId);
      this.waiters = this.waiters.filter((other) => other !== waiter);
      this.tellPlaces();
      this.look();
    }
  }

  private async entered(waiter: Waiter, enter: () => Promise<void>, deadline: number): Promise<boolean> {
    if (this.waiters[0] === waiter) {
      try {
        await enter();
        this.learn(performance.now());
        return true;
      } catch (error) {
        if (!(error instanceof OverloadedError)) throw error;
      }
    }
    if (performance.now() < deadline) return false;
    throw new OverloadedError('No Whisper worker had a place in time.', { retryAfterMs: this.eta(1) });
  }

  private nextLook(waiter: Waiter, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        waiter.wake = () => undefined;
        act();
      };
      const abort = settle(() => reject(signal?.reason as Error));
      waiter.wake = settle(resolve);
      const timer = setTimeout(waiter.wake, Math.max(0, Math.min(LOOK_MS, deadline - performance.now())));
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
    });
  }

  private learn(now: number): void {
    if (this.letInAt !== undefined)
      this.intervalMs = this.intervalMs * (1 - WEIGHT) + (now - this.letInAt) * WEIGHT;
    this.letInAt = now;
  }

  private tellPlaces(): void {
    this.waiters.forEach((waiter, index) => {
      const position = index + 1;
      if (waiter.position === position) return;
      waiter.position = position;
      waiter.tell({ position, etaMs: this.eta(position) });
    });
  }

  private eta(position: number): number {
    return Math.round(position * this.intervalMs);
  }
}

/** First the first one of each tenant, then the second ones. */
function inTurn(waiters: readonly Waiter[]): Waiter[] {
  const counts = new Map<string, number>();
  const ranked = waiters.map((waiter) => {
    const rank = counts.get(waiter.tenantId) ?? 0;
    counts.set(waiter.tenantId, rank + 1);
    return { waiter, rank };
  });
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ waiter }) => waiter);
}
