/** Weight of the newest decode in the running mean. */
const WEIGHT = 0.1;

/** How long decoding takes relative to the audio, as a running mean over finals. */
export class LoadEstimate {
  #realTimeFactor: number | undefined;

  /** Decode time per time of audio; undefined before the first decode. */
  get realTimeFactor(): number | undefined {
    return this.#realTimeFactor;
  }

  record(decodeMs: number, audioMs: number): void {
    if (audioMs <= 0) return;
    const factor = decodeMs / audioMs;
    this.#realTimeFactor =
      this.#realTimeFactor === undefined ? factor : this.#realTimeFactor * (1 - WEIGHT) + factor * WEIGHT;
  }
}
