import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VoiceActivityDetector } from '../voice-activity-detector.js';

/**
 * Keeps detectors for the next sessions, because making one blocks the event loop for about 50 ms. One with the usual threshold is
 * made ahead, and those of sessions that ended are used again. When many sessions come at once, one detector is made per turn of the
 * event loop, so that open sessions are served in between.
 */
export class DetectorPool {
  /** The one released last is at the end. */
  private readonly idle: VoiceActivityDetector[] = [];
  /** Of every detector, idle or not. The threshold of a detector cannot be changed. */
  private readonly thresholds = new Map<VoiceActivityDetector, number>();
  private turn: Promise<void> = Promise.resolve();
  private isMakingAhead = false;
  private isClosed = false;

  /** @param limit idle ones with other thresholds are given up before there are more than so many */
  constructor(
    private readonly make: (threshold: number) => VoiceActivityDetector,
    private readonly usualThreshold: number,
    private readonly limit: number,
  ) {}

  /** Makes one, so that a model file that does not load is noticed at start. */
  warm(): void {
    this.idle.push(this.add(this.usualThreshold));
  }

  async acquire(threshold = this.usualThreshold): Promise<VoiceActivityDetector> {
    let detector = this.claimIdle(threshold);
    if (!detector) {
      await this.nextTurn();
      // A session may have ended meanwhile.
      detector = this.claimIdle(threshold) ?? this.add(threshold);
    }
    // The session that needs a detector reports when it cannot be made.
    this.makeAhead().catch(() => undefined);
    return detector;
  }

  release(detector: VoiceActivityDetector): void {
    if (this.isClosed || !isUsable(detector)) this.drop(detector);
    else this.idle.push(detector);
  }

  close(): void {
    this.isClosed = true;
    for (const detector of this.idle.splice(0)) this.drop(detector);
  }

  private claimIdle(threshold: number): VoiceActivityDetector | undefined {
    const index = this.idle.findLastIndex((detector) => this.thresholds.get(detector) === threshold);
    return index === -1 ? undefined : this.idle.splice(index, 1)[0];
  }

  private add(threshold: number): VoiceActivityDetector {
    if (this.thresholds.size >= this.limit) {
      const oldest = this.idle.shift();
      if (oldest) this.drop(oldest);
    }
    const detector = this.make(threshold);
    this.thresholds.set(detector, threshold);
    return detector;
  }

  private drop(detector: VoiceActivityDetector): void {
    this.thresholds.delete(detector);
    detector.free();
  }

  /** In the order of the calls, one per turn of the event loop. */
  private nextTurn(): Promise<void> {
    this.turn = this.turn.then(() => nextTurn());
    return this.turn;
  }

  private async makeAhead(): Promise<void> {
    if (this.isMakingAhead) return;
    this.isMakingAhead = true;
    await this.nextTurn();
    this.isMakingAhead = false;
    const isNeeded = !this.idle.some((detector) => this.thresholds.get(detector) === this.usualThreshold);
    if (isNeeded && this.thresholds.size < this.limit && !this.isClosed) this.warm();
  }
}

/** A detector that cannot be reset is of no use to the next session. */
function isUsable(detector: VoiceActivityDetector): boolean {
  try {
    detector.reset();
    return true;
  } catch {
    return false;
  }
}
