/** Samples of one detector window: 32 ms at 16 kHz. */
export const VAD_WINDOW_SAMPLES = 512;

/**
 * Says for each window whether somebody speaks. It judges, the endpointer decides: pre-roll, minimum speech and the silence
 * that ends an utterance are not its business. One detector belongs to one session at a time.
 */
export interface VoiceActivityDetector {
  /** @param window exactly `VAD_WINDOW_SAMPLES` samples in -1..1 */
  isSpeech(window: Float32Array): boolean;

  /** Forgets the audio heard so far. */
  reset(): void;

  free(): void;
}
