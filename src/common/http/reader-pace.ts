import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Keeps a response at the pace of its reader, and cuts the connection of one that reads nothing for `stalledMs`: a reader who has
 * stopped must not hold a place and a provider's connection for ever.
 */
export class ReaderPace {
  constructor(
    private readonly response: ServerResponse,
    private readonly stalledMs: number,
  ) {}

  /**
   * Waits after a `write` that returned false, until the reader has caught up.
   * @throws when `gone` aborts, as it does when the connection closes
   */
  async caughtUp(gone: AbortSignal): Promise<void> {
    const stalled = this.#cutLater();
    try {
      await once(this.response, 'drain', { signal: gone });
    } finally {
      clearTimeout(stalled);
    }
  }

  /** Ends the body. What the reader has not fetched by then has to be read within the same time. */
  end(last?: string): void {
    this.#cutUnlessClosed();
    this.response.end(last);
  }

  /** Sends the last words of a body that is not complete, then cuts the connection: nobody may take it for a whole one. */
  cutAfter(last: string): void {
    this.#cutUnlessClosed();
    this.response.write(last, () => this.response.destroy());
  }

  #cutUnlessClosed(): void {
    const stalled = this.#cutLater();
    this.response.once('close', () => clearTimeout(stalled));
  }

  #cutLater(): NodeJS.Timeout {
    return setTimeout(() => this.response.destroy(), this.stalledMs);
  }
}
