import { OverloadedError } from '../../common/errors/caller-errors.js';
import { abortable } from '../../common/streams/abortable.js';
import { FairQueue } from './fair-queue.js';

export interface LaneJob {
  /** The owner of the job. Compared by identity. */
  session: object;
  /** Length of the audio: the cost of the job. */
  samples: number;
  /** `background`: nobody waits for it, and it takes a lane only when no other job wants it. Default: `live`. */
  priority?: Priority;
}

export type Priority = 'live' | 'background';

/** For so long after a job that somebody waits for, one lane is kept for the next of them. */
const LIVE_MS = 5_000;

/**
 * Shares a fixed number of lanes. Finals wait for their turn, fairly across sessions. Speculative decodes and interims run only when a
 * lane is free and nothing waits: speculative ones on any lane, since most of them become finals, interims on all lanes but one.
 * Background jobs wait in a queue of their own for lanes that nobody wants, and leave one lane free while somebody speaks.
 */
export class LaneScheduler {
  private busy = 0;
  private interims = 0;
  private background = 0;
  private liveAt = Number.NEGATIVE_INFINITY;
  private readonly queue = new FairQueue<() => void>();
  private readonly backgroundQueue = new FairQueue<() => void>();

  constructor(
    readonly lanes: number,
    private readonly queueLimit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get free(): number {
    return this.lanes - this.busy;
  }

  /** Jobs that somebody waits for. */
  get waiting(): number {
    return this.queue.size;
  }

  get waitingInBackground(): number {
    return this.backgroundQueue.size;
  }

  /** Audio that waits for a lane, and somebody for it. */
  get waitingSamples(): number {
    return this.queue.cost;
  }

  /**
   * Runs the job as soon as it is its turn. An abort rejects at once; work that has begun keeps its lane until it has ended.
   * @throws OverloadedError when too many are waiting
   */
  async run<T>(job: LaneJob, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (job.priority === 'background') return this.runInBackground(job, work, signal);
    this.liveAt = this.now();
    if (this.free > 0 && this.queue.size === 0) this.busy += 1;
    else await this.wait(this.queue, job, signal);
    return abortable(this.occupy(work), signal);
  }

  /** Runs the job now and as `run` does, or not at all: undefined when no lane is to spare. */
  tryRun<T>(
    kind: 'interim' | 'speculative' | 'confirming',
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> | undefined {
    this.liveAt = this.now();
    if (this.free === 0 || this.queue.size > 0) return undefined;
    const isInterim = kind === 'interim';
    if (isInterim && this.interims >= Math.max(1, this.lanes - 1)) return undefined;
    this.busy += 1;
    if (!isInterim) return abortable(this.occupy(work), signal);
    this.interims += 1;
    const interim = this.occupy(work).finally(() => {
      this.interims -= 1;
    });
    return abortable(interim, signal);
  }

  private async runInBackground<T>(job: LaneJob, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.isForBackground && this.backgroundQueue.size === 0) this.beginInBackground();
    else await this.wait(this.backgroundQueue, job, signal);
    const done = this.occupy(async () => {
      try {
        return await work();
      } finally {
        this.background -= 1;
      }
    });
    return abortable(done, signal);
  }

  /** Whether a lane is free that nobody wants who waits. */
  private get isForBackground(): boolean {
    if (this.free === 0 || this.queue.size > 0) return false;
    const kept = this.now() - this.liveAt < LIVE_MS ? 1 : 0;
    return this.background < Math.max(1, this.lanes - kept);
  }

  private beginInBackground(): void {
    this.busy += 1;
    this.background += 1;
  }

  private async occupy<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.busy -= 1;
      this.grantLanes();
    }
  }

  private grantLanes(): void {
    while (this.free > 0 && this.queue.size > 0) {
      this.busy += 1;
      this.queue.next()!();
    }
    while (this.isForBackground && this.backgroundQueue.size > 0) {
      this.beginInBackground();
      this.backgroundQueue.next()!();
    }
  }

  private wait(
    queue: FairQueue<() => void>,
    { session, samples }: LaneJob,
    signal: AbortSignal,
  ): Promise<void> {
    if (queue.size >= this.queueLimit) {
      throw new OverloadedError('Too many utterances are waiting for a lane.');
    }
    let grant = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      grant = resolve;
      queue.push(session, samples, grant);
    });
    return abortable(turn, signal, () => queue.remove(grant));
  }
}
