export interface SilenceLimits {
  /** Least silence that counts as a pause. */
  stallMs: number;
  /** Silence that ends the session. */
  idleMs: number;
}

/** A recorder's slices are shorter. A client that is further ahead of real time sends an older recording. */
const MAX_LEAD_MS = 30_000;
/** Tolerance for a slice that comes late, beyond twice its usual gap. */
const SLACK_MS = 1_000;

/**
 * Reports a pause of the client (`onStall`) and a session without audio (`onIdle`). A recorder with slices of five seconds sends nothing for
 * five seconds in mid-sentence. A pause therefore has to exceed twice the usual gap of this client, and twice the audio by which it is ahead
 * of real time, which is its latest slice.
 */
export class SilenceWatch {
  /** Start of the audio that has come without a pause, and its length. */
  private startedAt = 0;
  private heardMs = 0;
  private lastAt: number | undefined;
  private usualGapMs = 0;
  private pauseMs: number;
  private stall: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private _isStopped = false;

  constructor(
    private readonly limits: SilenceLimits,
    private readonly onStall: () => void,
    private readonly onIdle: () => void,
  ) {
    this.pauseMs = limits.stallMs;
  }

  get isStopped(): boolean {
    return this._isStopped;
  }

  /** Starts the timers: at the start of the session, and when its client comes back. */
  begin(): void {
    clearTimeout(this.idle);
    if (this._isStopped) return;
    this.idle = setTimeout(this.onIdle, this.limits.idleMs);
    this.resume();
  }

  /** Restarts the timers when audio arrives. */
  touch(now = performance.now()): void {
    if (this.lastAt === undefined || now - this.lastAt >= this.pauseMs) this.start(now);
    else this.learn(now - this.lastAt);
    this.lastAt = now;
    this.begin();
  }

  /** Counts decoded audio, behind which a pause begins. */
  heard(ms: number): void {
    this.heardMs += ms;
    this.resume();
  }

  /** Restarts the pause timer alone, while earlier audio is still being decoded. */
  resume(now = performance.now()): void {
    clearTimeout(this.stall);
    if (this._isStopped) return;
    const leadMs = this.heardMs - (now - this.startedAt);
    const isRecording = leadMs > 0 && leadMs <= MAX_LEAD_MS;
    this.pauseMs = Math.max(
      this.limits.stallMs,
      2 * this.usualGapMs,
      isRecording ? 2 * leadMs + SLACK_MS : 0,
    );
    this.stall = setTimeout(this.onStall, this.pauseMs);
  }

  /** Stops both timers for good; later audio does not restart them. */
  stop(): void {
    this._isStopped = true;
    clearTimeout(this.stall);
    clearTimeout(this.idle);
  }

  private start(now: number): void {
    this.startedAt = now;
    this.heardMs = 0;
  }

  /** Learns the usual gap. A gap longer than the current pause was a pause and is not learnt. */
  private learn(gapMs: number): void {
    this.usualGapMs = Math.max(gapMs, this.usualGapMs * 0.9);
  }
}
