/** The two clocks of a session besides its silence: how long it may last, and how long without a connection. */
export class SessionLifetime {
  private readonly longest: NodeJS.Timeout;
  private grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: { maxSessionMs: number; resumeMs: number },
    onTooLong: () => void,
    private readonly onForsaken: () => void,
  ) {
    this.longest = setTimeout(onTooLong, limits.maxSessionMs);
  }

  /** The connection is gone; another one may come. */
  detached(): void {
    clearTimeout(this.grace);
    this.grace = setTimeout(this.onForsaken, this.limits.resumeMs);
  }

  attached(): void {
    clearTimeout(this.grace);
  }

  stop(): void {
    clearTimeout(this.longest);
    clearTimeout(this.grace);
  }
}
