/** How long a source may stay silent. */
export interface IdleLimits {
  /** Before its first item; without it `idleMs`. */
  firstMs?: number;
  /** Between two items, and before the end. */
  idleMs: number;
}

/**
 * Passes `source` through and fails when it stays silent for too long. The source is closed on every ending.
 * Time that the reader takes does not count: only the wait for the source is measured. This is no generator, so it closes its source
 * also when it is left before the first read, and costs every item less.
 */
export function withIdleTimeout<T>(
  source: AsyncIterable<T>,
  { idleMs, firstMs = idleMs }: IdleLimits,
  onIdle: () => Error,
): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: ((reason: Error) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let limitMs = firstMs;
  const startTimer = (ms: number): void => {
    if (timer !== undefined && ms === limitMs) return void timer.refresh();
    clearTimeout(timer);
    limitMs = ms;
    timer = setTimeout(() => giveUp?.(onIdle()), ms);
  };
  const close = (): void => {
    clearTimeout(timer);
    // A generator that hangs cannot be closed, so its ending is not awaited; its signal ends it.
    void iterator.return?.()?.catch(() => undefined);
  };
  return {
    async next() {
      startTimer(timer === undefined ? firstMs : idleMs);
      try {
        const item = await new Promise<IteratorResult<T>>((resolve, reject) => {
          giveUp = reject;
          iterator.next().then(resolve, reject);
        });
        giveUp = undefined;
        if (item.done) clearTimeout(timer);
        return item;
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
