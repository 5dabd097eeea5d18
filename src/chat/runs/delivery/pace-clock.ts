/** Finer than the eye notices, and coarse enough that readers share wake-ups. */
const TICK_MS = 5;

/** One timer for all paced readers, however many there are. Times are those of `performance.now()`. */
export class PaceClock {
  private readonly due = new Map<number, Set<() => void>>();
  private timer: NodeJS.Timeout | undefined;
  private timerTick = Number.POSITIVE_INFINITY;

  /** Calls `wake` once at `time` or just after; the result calls it off. */
  at(time: number, wake: () => void): () => void {
    const tick = Math.ceil(time / TICK_MS);
    const waiting = this.due.get(tick) ?? new Set();
    this.due.set(tick, waiting.add(wake));
    if (tick < this.timerTick) this.arm(tick);
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.due.get(tick) === waiting) this.due.delete(tick);
      if (this.due.size === 0) this.disarm();
    };
  }

  /** Calls all waiting readers now, because a server that shuts down does not pace. */
  wakeAll(): void {
    this.disarm();
    this.wake([...this.due]);
  }

  private arm(tick: number): void {
    this.disarm();
    this.timerTick = tick;
    this.timer = setTimeout(() => this.run(), Math.max(Math.ceil(tick * TICK_MS - performance.now()), 0));
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timerTick = Number.POSITIVE_INFINITY;
  }

  private run(): void {
    this.timerTick = Number.POSITIVE_INFINITY;
    const now = Math.floor(performance.now() / TICK_MS);
    this.wake([...this.due].filter(([tick]) => tick <= now));
    if (this.due.size > 0) this.arm(Math.min(...this.due.keys()));
  }

  private wake(ready: [tick: number, waiting: Set<() => void>][]): void {
    for (const [tick, waiting] of ready.sort(([a], [b]) => a - b)) {
      this.due.delete(tick);
      for (const wake of waiting) wake();
    }
  }
}
