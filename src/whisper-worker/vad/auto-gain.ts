/** Peak that quiet audio is amplified to. */
const TARGET_PEAK = 0.35;
/** 30 dB: more would amplify the noise of the microphone. */
const MAX_GAIN = 32;
/** Per window of 32 ms: the peak halves in three seconds. */
const DECAY = 0.5 ** (0.032 / 3);

/**
 * Amplifies quiet audio for the detector: Silero misses beginnings of speech below about -35 dBFS. The peak follows a louder sound at
 * once and a softer one slowly, so that the gain changes between words and not inside them.
 */
export class AutoGain {
  private peak = 0;

  /** Changes the window in place. */
  apply(window: Float32Array): void {
    let peak = 0;
    for (const sample of window) peak = Math.max(peak, Math.abs(sample));
    this.peak = Math.max(peak, this.peak * DECAY);
    const gain = Math.min(MAX_GAIN, TARGET_PEAK / Math.max(this.peak, 1e-6));
    if (gain <= 1) return;
    for (let i = 0; i < window.length; i += 1) window[i]! *= gain;
  }

  reset(): void {
    this.peak = 0;
  }
}
