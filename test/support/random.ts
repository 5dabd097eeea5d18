/** Random numbers that are the same for the same seed (mulberry32). */
export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [from, to]. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return this.integer(0, limit - 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Uint8Array.from({ length }, () => this.below(256)));
  }
}

/** As a function, for what takes nothing but numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

/** The seed of `npm test`: always the same, unless `TEST_SEED` gives another one. */
export function testSeed(): number {
  return givenSeed() ?? 20_261_121;
}

/** The seed of a soak: `TEST_SEED`, or a new one; it is printed, so that a failure can be repeated. */
export function soakSeed(): number {
  const seed = givenSeed() ?? Math.floor(Math.random() * 1e9) + 1;
  console.log(`seed ${seed} (repeat with TEST_SEED=${seed})`);
  return seed;
}

function givenSeed(): number | undefined {
  const given = Number(process.env['TEST_SEED']);
  return Number.isInteger(given) && given > 0 ? given : undefined;
}
