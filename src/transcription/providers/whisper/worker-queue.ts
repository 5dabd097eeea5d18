import { OverloadedError } from '../../../common/errors/caller-errors.js';
import { ONE_TENANT, TenantShares, type TenantSharing } from '../../../common/limits/tenant-shares.js';
import type { QueuePlace } from '../../events.js';

export interface QueueLimits {
  /** Sessions that may wait. */
  limit: number;
  /** How long a session waits at most. */
  waitMs: number;
}

interface Waiter {
  tenantId: string;
  onQueued: (place: QueuePlace) => void;
  position: number;
  wake: () => void;
}

/** The first in the queue tries this often, also when no place was announced. */
const RETRY_MS = 500;
/** Assumed time between two places, until the first was observed. */
const FIRST_INTERVAL_MS = 5_000;
/** Weight of the newest interval in the running mean. */
const WEIGHT = 0.3;

/**
 * Sessions that wait for a worker while all are full, each informed of its place. Tenants take turns; the sessions of one tenant
 * are served in the order in which they came. A tenant fills no more than its share of the queue.
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

  /** Call it when there may be a place. */
  readonly wakeFirst = (): void => this.waiters[0]?.wake();

  /**
   * Waits until `enter` lets the session in. Only the first in the queue tries.
   * @param enter throws OverloadedError while there is no place; any other error ends the wait
   * @throws OverloadedError when the queue, or the tenant's share of it, is full, or after the longest wait
   */
  async wait(
    tenantId: string,
    enter: () => Promise<void>,
    onQueued: (place: QueuePlace) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (!this.shares.acquire(tenantId)) {
      const retryAfterMs = this.eta(this.waiters.length + 1);
      throw new OverloadedError('All Whisper workers are busy, and too many sessions are waiting.', {
        retryAfterMs,
      });
    }
    const waiter: Waiter = { tenantId, onQueued, position: 0, wake: () => undefined };
    this.waiters = inTurn([...this.waiters, waiter]);
    this.announcePlaces();
    const deadline = performance.now() + this.limits.waitMs;
    try {
      for (;;) {
        await this.nextTry(waiter, deadline, signal);
        if (await this.entered(waiter, enter, deadline)) return;
      }
    } finally {
      this.shares.release(tenantId);
      this.waiters = this.waiters.filter((other) => other !== waiter);
      this.announcePlaces();
      this.wakeFirst();
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

  private nextTry(waiter: Waiter, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        waiter.wake = () => undefined;
        act();
      };
      const abort = settle(() => reject(signal?.reason as Error));
      waiter.wake = settle(resolve);
      const timer = setTimeout(waiter.wake, Math.max(0, Math.min(RETRY_MS, deadline - performance.now())));
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
    });
  }

  private learn(now: number): void {
    if (this.letInAt !== undefined)
      this.intervalMs = this.intervalMs * (1 - WEIGHT) + (now - this.letInAt) * WEIGHT;
    this.letInAt = now;
  }

  private announcePlaces(): void {
    this.waiters.forEach((waiter, index) => {
      const position = index + 1;
      if (waiter.position === position) return;
      waiter.position = position;
      waiter.onQueued({ position, etaMs: this.eta(position) });
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
