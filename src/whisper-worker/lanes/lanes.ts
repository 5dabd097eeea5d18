import { OverloadedError } from '../../common/errors/caller-errors.js';

/** Runs a bounded number of jobs at once; the others wait in order of arrival. */
export class Lanes {
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly count: number,
    private readonly queueLimit: number,
  ) {}

  get free(): number {
    return this.count - this.#busy;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws OverloadedError when too many are waiting */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await job();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busy < this.count) {
      this.#busy += 1;
      return;
    }
    if (this.#waiting.length >= this.queueLimit) {
      throw new OverloadedError('Too many utterances are waiting for a lane.');
    }
    await new Promise<void>((resolve, reject) => {
      const granted = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(granted), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(granted);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The lane goes to whoever waits longest. */
  private leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#busy -= 1;
  }
}
