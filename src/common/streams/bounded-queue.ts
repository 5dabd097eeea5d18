/**
 * A queue between one writer that must not wait and one reader that iterates. Its bound is a cost (items, bytes): what does
 * not fit is refused, so the writer decides what to do with it.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  private readonly items: T[] = [];
  private _cost = 0;
  private ending: { error?: unknown } | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly limit: number,
    private readonly costOf: (item: T) => number = () => 1,
  ) {}

  get cost(): number {
    return this._cost;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** Whether it takes no more items. */
  get isEnded(): boolean {
    return this.ending !== undefined;
  }

  /** @returns false when the item does not fit; it is not queued then. Always false after `end` or `fail`. */
  push(item: T): boolean {
    const cost = this.costOf(item);
    if (this.ending || this._cost + cost > this.limit) return false;
    this.items.push(item);
    this._cost += cost;
    this.wake?.();
    return true;
  }

  /** No more items will come. The reader still gets what is queued. */
  end(): void {
    this.finish({});
  }

  /** As `end`, but the reader gets `error` after what is queued. */
  fail(error: unknown): void {
    this.finish({ error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.items.length > 0) {
        const item = this.items.shift()!;
        this._cost -= this.costOf(item);
        yield item;
      }
      if (this.ending) {
        if ('error' in this.ending) throw this.ending.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }

  private finish(ending: { error?: unknown }): void {
    this.ending ??= ending;
    this.wake?.();
  }
}
