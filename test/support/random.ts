/** Random numbers that are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [from, to]. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }
}

/** `SOAK_SEED`, or a new one; print it, so that a failure can be repeated. */
export function soakSeed(): number {
  const given = Number(process.env.SOAK_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 1e9) + 1;
  console.log(`seed ${seed} (repeat with SOAK_SEED=${seed})`);
  return seed;
}
