import type { OnModuleDestroy } from '@nestjs/common';

/**
 * Counts the open streams (responses and live sessions), so that a shutdown can ask them to end and wait for them:
 * Nest's own `close()` waits for ever on an open SSE stream. This happens in `onModuleDestroy`, the first step of a
 * shutdown; services that the streams need end in `beforeApplicationShutdown` or later.
 */
export class OpenStreams implements OnModuleDestroy {
  private readonly _closing = new AbortController();
  private readonly open = new Map<symbol, () => void>();
  private whenEmpty: (() => void) | undefined;

  /** @param graceMs how long a shutdown waits for the streams to end */
  constructor(private readonly graceMs: number) {}

  /** Aborts when the server begins to shut down. Every stream ends itself on it, in its own vocabulary. */
  get closing(): AbortSignal {
    return this._closing.signal;
  }

  get size(): number {
    return this.open.size;
  }

  /**
   * Registers a stream. Call the result when it has ended, however it ended; further calls do nothing.
   * @param cut called when the grace is over: what is still open then is cut by the server without a word
   */
  enter(cut: () => void = () => undefined): () => void {
    const stream = Symbol('stream');
    this.open.set(stream, cut);
    return () => {
      this.open.delete(stream);
      if (this.open.size === 0) this.whenEmpty?.();
    };
  }

  async onModuleDestroy(): Promise<void> {
    this._closing.abort();
    if (this.open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const cut of this.open.values()) cut();
        resolve();
      }, this.graceMs);
      this.whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
