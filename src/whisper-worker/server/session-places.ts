import type { Admission } from '../admission/admission.js';

/** Counts the open sessions and asks admission for every new one. */
export class SessionPlaces {
  private _taken = 0;

  constructor(private readonly admission: Admission) {}

  get taken(): number {
    return this._taken;
  }

  /** The release of the place that was taken, or when to try again. */
  take(isResumed: boolean): (() => void) | { retryAfterMs: number } {
    const refusal = this.admission.refuse(this._taken, isResumed);
    if (refusal) return refusal;
    this._taken += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this._taken -= 1;
    };
  }
}
