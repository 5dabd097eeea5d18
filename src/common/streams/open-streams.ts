import { setTimeout as sleep } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';

export interface ShutdownTimes {
  /** How long the server is unready before it refuses new work: whoever sends it work must have noticed by then. */
  noticeMs: number;
  /** How long the streams have to end after that. */
  graceMs: number;
}

/**
 * Counts what is open (requests, responses, live sessions), so that a shutdown can ask it to end and wait for it: Nest's own `close()`
 * waits for ever on an open SSE stream, and cuts everything else. This happens in `onModuleDestroy`, the first step of a shutdown;
 * services that the streams need end in `beforeApplicationShutdown` or later.
 */
export class OpenStreams implements OnModuleDestroy {
  private readonly _closing = new AbortController();
  private readonly open = new Map<symbol, () => void>();
  private readonly farewells: (() => Promise<void>)[] = [];
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

  /**
   * Registers the end of connections that outlive their streams: called when all streams have ended, and waited for as long as the grace
   * lasts. What the last stream has said may still be on its way, and would be lost with a connection that is simply cut.
   */
  beforeCut(farewell: () => Promise<void>): void {
    this.farewells.push(farewell);
  }

  async onModuleDestroy(): Promise<void> {
    this.hasNotice = true;
    if (this.times.noticeMs > 0) await sleep(this.times.noticeMs);
    this._closing.abort();
    let timer: NodeJS.Timeout | undefined;
    const graceIsOver = new Promise<'over'>((resolve) => {
      timer = setTimeout(() => resolve('over'), this.times.graceMs);
    });
    const outcome = await Promise.race([graceIsOver, this.end()]);
    clearTimeout(timer);
    if (outcome === 'over') for (const cut of this.open.values()) cut();
  }

  private async end(): Promise<void> {
    await this.allEnded();
    await Promise.all(this.farewells.map((farewell) => farewell()));
    // Somebody may have asked for something meanwhile, and is being refused.
    await this.allEnded();
  }

  private async allEnded(): Promise<void> {
    if (this.open.size > 0) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
  }
}
