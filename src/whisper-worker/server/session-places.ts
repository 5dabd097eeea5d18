import type { Admission } from '../admission/admission.js';

/** Counts the open sessions and asks admission for every new one. */
export class SessionPlaces {
  #taken = 0;

  constructor(private readonly admission: Admission) {}

  get taken(): number {
    return this.#taken;
  }

  /** The release of the place that was taken, or when to try again. */
  take(isResumed: boolean): (() => void) | { retryAfterMs: number } {
    const refusal = this.admission.refuse(this.#taken, isResumed);
    if (refusal) return refusal;
    this.#taken += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#taken -= 1;
    };
  }
}
