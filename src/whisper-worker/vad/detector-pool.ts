import type { VoiceActivityDetector } from '../voice-activity-detector.js';

/** Keeps detectors for the next session, because making one takes longer than a session should wait. */
export class DetectorPool {
  readonly #idle: VoiceActivityDetector[] = [];

  constructor(private readonly make: () => VoiceActivityDetector) {}

  /** Makes one, so that a model file that does not load is noticed at start. */
  warm(): void {
    this.#idle.push(this.make());
  }

  take(): VoiceActivityDetector {
    return this.#idle.pop() ?? this.make();
  }

  giveBack(detector: VoiceActivityDetector): void {
    detector.reset();
    this.#idle.push(detector);
  }

  close(): void {
    for (const detector of this.#idle.splice(0)) detector.free();
  }
}
