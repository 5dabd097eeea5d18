import type { VoiceActivityDetector } from '../voice-activity-detector.js';

/** Classifies everything above a fixed loudness as speech: for the fake engine, whose words are tones. */
export class EnergyDetector implements VoiceActivityDetector {
  /** @param minRms loudness in 0..1; the default is -40 dBFS */
  constructor(private readonly minRms = 0.01) {}

  isSpeech(window: Float32Array): boolean {
    let sum = 0;
    for (const sample of window) sum += sample * sample;
    return Math.sqrt(sum / window.length) >= this.minRms;
  }

  reset(): void {
    // It has no state.
  }

  free(): void {
    // It holds no resources.
  }
}
