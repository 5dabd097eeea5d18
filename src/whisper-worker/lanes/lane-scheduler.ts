import { OverloadedError } from '../../common/errors/caller-errors.js';
import { abortable } from '../../common/streams/abortable.js';
import { FairQueue } from './fair-queue.js';

export interface LaneJob {
  /** The owner of the job. Compared by identity. */
  session: object;
  /** Length of the audio: the cost of the job. */
  samples: number;
}

/**
 * Shares a fixed number of lanes. Finals wait for their turn, fairly across sessions. Speculative decodes and interims run only when a
 * lane is free and nothing waits: speculative ones on any lane, since most of them become finals, interims on all lanes but one.
 */
export class LaneScheduler {
  private busy = 0;
  private interims = 0;
  private readonly queue = new FairQueue<() => void>();

  constructor(
    readonly lanes: number,
    private readonly queueLimit: number,
  ) {}

  get free(): number {
    return this.lanes - this.busy;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Audio that waits for a lane. */
  get waitingSamples(): number {
    return this.queue.cost;
  }

  /**
   * Runs the job as soon as it is its turn. An abort rejects at once; work that has begun keeps its lane until it has ended.
   * @throws OverloadedError when too many are waiting
   */
  async run<T>(job: LaneJob, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.free > 0 && this.queue.size === 0) this.busy += 1;
    else await this.wait(job, signal);
    return abortable(this.occupy(work), signal);
  }

  /** Runs the job now and as `run` does, or not at all: undefined when no lane is to spare. */
  tryRun<T>(
    kind: 'interim' | 'speculative' | 'confirming',
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> | undefined {
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

  private async occupy<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const next = this.queue.next();
      if (next) next();
      else this.busy -= 1;
    }
  }

  private wait({ session, samples }: LaneJob, signal: AbortSignal): Promise<void> {
    if (this.queue.size >= this.queueLimit) {
      throw new OverloadedError('Too many utterances are waiting for a lane.');
    }
    let grant = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      grant = resolve;
      this.queue.push(session, samples, grant);
    });
    return abortable(turn, signal, () => this.queue.remove(grant));
  }
}
