/** Peak that quiet audio is lifted to. */
const TARGET_PEAK = 0.35;
/** 30 dB: from there on what is lifted is the noise of the microphone. */
const MAX_GAIN = 32;
/** Per window of 32 ms: the level is forgotten by half in three seconds. */
const DECAY = 0.5 ** (0.032 / 3);

/**
 * Lifts quiet audio before the detector judges it: Silero misses beginnings of speech below about -35 dBFS. The level follows a
 * louder sound at once and a softer one slowly, so that gain changes between words and not inside them.
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
