/**
 * A signal of its own that follows others until it is unlinked. `AbortSignal.any` is not for this: Node keeps each of its signals
 * for as long as it has a listener and its sources live, so that one of a signal that lives as long as the process is never freed.
 */
export class LinkedAbort {
  private readonly controller = new AbortController();
  private readonly sources: readonly AbortSignal[];

  constructor(...sources: readonly AbortSignal[]) {
    this.sources = sources;
    for (const source of sources) source.addEventListener('abort', this.follow);
    if (sources.some(({ aborted }) => aborted)) this.follow();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason?: unknown): void {
    this.unlink();
    this.controller.abort(reason);
  }

  /** Follows no longer. Call it once the work is over, however it ended. */
  unlink(): void {
    for (const source of this.sources) source.removeEventListener('abort', this.follow);
  }

  private readonly follow = (): void => this.abort(this.sources.find(({ aborted }) => aborted)?.reason);
}
