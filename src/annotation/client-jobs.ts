import { OverloadedError } from '../common/errors/caller-errors.js';

type Job = (signal: AbortSignal) => Promise<void>;

/** The jobs of one client. They run in order, one at a time, until the client leaves. */
export class ClientJobs {
  private readonly waiting: Job[] = [];
  private readonly gone = new AbortController();
  private isWorking = false;

  /** @param maxWaiting jobs that may wait beside the one that runs */
  constructor(private readonly maxWaiting: number) {}

  /** @throws OverloadedError when too many wait */
  add(job: Job): void {
    if (this.waiting.length >= this.maxWaiting)
      throw new OverloadedError(`At most ${this.maxWaiting} jobs may wait.`, { retryAfterMs: 1_000 });
    this.waiting.push(job);
    if (!this.isWorking) void this.work();
  }

  /** Those that wait are run as well, and find that they need not begin. */
  stop(reason?: Error): void {
    this.gone.abort(reason);
  }

  /** Jobs report their own failures and never reject. */
  private async work(): Promise<void> {
    this.isWorking = true;
    for (let job = this.waiting.shift(); job; job = this.waiting.shift()) await job(this.gone.signal);
    this.isWorking = false;
  }
}
