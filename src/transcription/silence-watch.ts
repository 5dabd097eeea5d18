export interface SilenceLimits {
  /** Least silence that counts as a pause. */
  stallMs: number;
  /** Silence that ends the session. */
  idleMs: number;
}

/**
 * Watches how long a client has sent nothing. A recorder sends in slices, so a pause is only one when it exceeds twice the
 * longest gap that is usual for this client.
 */
export class SilenceWatch {
  #lastAt: number | undefined;
  #usualGapMs = 0;
  #stall: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: SilenceLimits,
    private readonly onStall: () => void,
    private readonly onIdle: () => void,
  ) {}

  /** Audio has come, or the session has just begun. */
  touch(now = Date.now()): void {
    if (this.#lastAt !== undefined) this.#learn(now - this.#lastAt);
    this.#lastAt = now;
    this.stop();
    this.#idle = setTimeout(this.onIdle, this.limits.idleMs);
    this.goOn();
  }

  /** Audio that came earlier is still on its way: the pause begins behind it. */
  goOn(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(this.onStall, this.#pauseMs);
  }

  stop(): void {
    clearTimeout(this.#stall);
    clearTimeout(this.#idle);
  }

  get #pauseMs(): number {
    return Math.max(this.limits.stallMs, 2 * this.#usualGapMs);
  }

  /** Gaps up to the pause of the moment are usual; a longer one was a pause and teaches nothing. */
  #learn(gapMs: number): void {
    if (gapMs < this.#pauseMs) this.#usualGapMs = Math.max(gapMs, this.#usualGapMs * 0.9);
  }
}
