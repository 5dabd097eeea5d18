import { describeCause } from '../common/errors/describe-cause.js';

/** While a collector is away, every export fails: some each minute. */
const EVERY_MS = 60_000;

/** Logs that exports fail: the first at once, then one entry a minute with how many there were. */
export class FailureReport {
  private leftOut = 0;
  private nextAtMs = 0;

  constructor(private readonly warn: (fields: object, message: string) => void) {}

  failed(cause: unknown): void {
    const nowMs = performance.now();
    if (nowMs < this.nextAtMs) {
      this.leftOut += 1;
      return;
    }
    const { leftOut } = this;
    this.leftOut = 0;
    this.nextAtMs = nowMs + EVERY_MS;
    this.warn(
      { cause: describeCause(cause), ...(leftOut > 0 && { leftOut }) },
      'Telemetry could not be exported',
    );
  }
}
