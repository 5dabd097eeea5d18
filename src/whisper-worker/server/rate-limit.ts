/** A bucket of tokens that refills with time. */
export class RateLimit {
  private tokens: number;
  private updatedAt: number;

  /**
   * @param burst tokens of a full bucket
   * @param perSecond refill
   * @param now in ms
   */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.tokens = burst;
    this.updatedAt = now();
  }

  /** Spends tokens, into debt when there are too few. */
  spend(count: number): void {
    this.refill();
    this.tokens -= count;
  }

  /** How long until the debt is paid; 0 when there is none. */
  get waitMs(): number {
    this.refill();
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * 1_000) / this.perSecond);
  }

  private refill(): void {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.updatedAt) * this.perSecond) / 1_000);
    this.updatedAt = now;
  }
}
