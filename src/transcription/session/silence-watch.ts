export interface SilenceLimits {
  /** Least silence that counts as a pause. */
  stallMs: number;
  /** Silence that ends the session. */
  idleMs: number;
}

/** A recorder's slices are shorter. A client that is further ahead of real time sends an older recording. */
const MAX_LEAD_MS = 30_000;
/** How much later than twice its usual time a slice may come. */
const SLACK_MS = 1_000;

/**
 * Watches how long a client has sent nothing. A recorder sends in slices: after one of five seconds it is silent for five seconds,
 * and speaks on. So a pause is only one when it exceeds twice the gap that is usual for this client, or twice the audio that it is
 * ahead of real time, which is the slice that came last.
 */
export class SilenceWatch {
  /** When the audio began that came without a pause since, and how much of it has come. */
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

  /** The session has begun, or its client has come back. */
  begin(): void {
    clearTimeout(this.idle);
    if (this._isStopped) return;
    this.idle = setTimeout(this.onIdle, this.limits.idleMs);
    this.resume();
  }

  /** Audio has come. */
  touch(now = performance.now()): void {
    if (this.lastAt === undefined || now - this.lastAt >= this.pauseMs) this.start(now);
    else this.learn(now - this.lastAt);
    this.lastAt = now;
    this.begin();
  }

  /** Audio that came earlier was decoded: the pause begins behind it. */
  heard(ms: number): void {
    this.heardMs += ms;
    this.resume();
  }

  /** Audio that came earlier is still on its way. */
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

  /** Reports nothing any more, also when audio comes. */
  stop(): void {
    this._isStopped = true;
    clearTimeout(this.stall);
    clearTimeout(this.idle);
  }

  private start(now: number): void {
    this.startedAt = now;
    this.heardMs = 0;
  }

  /** Gaps up to the pause of the moment are usual; a longer one was a pause and teaches nothing. */
  private learn(gapMs: number): void {
    this.usualGapMs = Math.max(gapMs, this.usualGapMs * 0.9);
  }
}
