import { OverloadedError } from '../errors/caller-errors.js';

/** A fixed number of places. Whoever finds none gets a typed refusal at once instead of a queue. */
export class Places {
  #taken = 0;

  constructor(
    private readonly limit: number,
    private readonly what: string,
    private readonly retryAfterMs = 1_000,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** @throws OverloadedError when all places are taken. Call the result once the work has ended; further calls do nothing. */
  take(): () => void {
    if (this.#taken >= this.limit) {
      throw new OverloadedError(`All ${this.limit} places for ${this.what} are taken.`, {
        retryAfterMs: this.retryAfterMs,
      });
    }
    this.#taken += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#taken -= 1;
    };
  }
}
