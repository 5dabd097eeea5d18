import { setTimeout as sleep } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';

export interface ShutdownTimes {
  /** How long the server is unready before it refuses new work: whoever sends it work must have noticed by then. */
  noticeMs: number;
  /** How long the streams have to end after that. */
  graceMs: number;
}

/**
 * Counts the open streams (responses and live sessions), so that a shutdown can ask them to end and wait for them:
 * Nest's own `close()` waits for ever on an open SSE stream. This happens in `onModuleDestroy`, the first step of a
 * shutdown; services that the streams need end in `beforeApplicationShutdown` or later.
 */
export class OpenStreams implements OnModuleDestroy {
  private readonly _closing = new AbortController();
  private readonly open = new Map<symbol, () => void>();
  private whenEmpty: (() => void) | undefined;

  private hasNotice = false;

  constructor(private readonly times: ShutdownTimes) {}

  /** The server was told to end: it is unready, and may still take new work until `closing` aborts. */
  get isLeaving(): boolean {
    return this.hasNotice;
  }

  /** Aborts when no more work is taken. Every stream ends itself on it, in its own vocabulary. */
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
    this.hasNotice = true;
    if (this.times.noticeMs > 0) await sleep(this.times.noticeMs);
    this._closing.abort();
    if (this.open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const cut of this.open.values()) cut();
        resolve();
      }, this.times.graceMs);
      this.whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
