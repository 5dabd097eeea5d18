import type { VoiceActivityDetector } from '../voice-activity-detector.js';

/**
 * Keeps detectors for the next session, because making one takes longer than a session should wait: one is made ahead, and
 * those of sessions that ended are used again.
 */
export class DetectorPool {
  readonly #idle: VoiceActivityDetector[] = [];
  #isClosed = false;
  #ahead: NodeJS.Immediate | undefined;

  constructor(private readonly make: () => VoiceActivityDetector) {}

  /** Makes one, so that a model file that does not load is noticed at start. */
  warm(): void {
    this.#idle.push(this.make());
  }

  take(): VoiceActivityDetector {
    const detector = this.#idle.pop() ?? this.make();
    if (this.#idle.length === 0) this.makeAhead();
    return detector;
  }

  giveBack(detector: VoiceActivityDetector): void {
    detector.reset();
    if (this.#isClosed) detector.free();
    else this.#idle.push(detector);
  }

  close(): void {
    this.#isClosed = true;
    clearImmediate(this.#ahead);
    for (const detector of this.#idle.splice(0)) detector.free();
  }

  private makeAhead(): void {
    clearImmediate(this.#ahead);
    this.#ahead = setImmediate(() => {
      if (this.#idle.length === 0 && !this.#isClosed) this.warm();
    });
  }
}
