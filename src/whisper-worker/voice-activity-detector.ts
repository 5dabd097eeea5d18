/** Samples of one detector window: 32 ms at 16 kHz. */
export const VAD_WINDOW_SAMPLES = 512;

/**
 * Classifies each window as speech or not. Pre-roll, minimum speech and the silence that ends an utterance belong to the endpointer.
 * One detector belongs to one session at a time.
 */
export interface VoiceActivityDetector {
  /** @param window exactly `VAD_WINDOW_SAMPLES` samples in -1..1 */
  isSpeech(window: Float32Array): boolean;

  /** Forgets the audio heard so far. */
  reset(): void;

  free(): void;
}
