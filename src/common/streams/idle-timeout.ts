/** How long a source may stay silent. */
export interface IdleLimits {
  /** Before its first item; without it `idleMs`. */
  firstMs?: number;
  /** Between two items, and before the end. */
  idleMs: number;
}

/**
 * Passes `source` through and fails when it stays silent for too long. The source is closed on every ending.
 * Time that the reader takes does not count: only the wait for the source is measured.
 */
export async function* withIdleTimeout<T>(
  source: AsyncIterable<T>,
  { idleMs, firstMs = idleMs }: IdleLimits,
  onIdle: () => Error,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let giveUp: ((reason: Error) => void) | undefined;
  const next = (): Promise<IteratorResult<T>> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      iterator.next().then(resolve, reject);
    });
  const startTimer = (ms: number): NodeJS.Timeout => setTimeout(() => giveUp?.(onIdle()), ms);
  let timer = startTimer(firstMs);
  let hasEnded = false;
  try {
    for (let isFirst = true; ; isFirst = false) {
      const item = await next();
      giveUp = undefined;
      if (item.done) {
        hasEnded = true;
        return;
      }
      yield item.value;
      if (isFirst && firstMs !== idleMs) {
        clearTimeout(timer);
        timer = startTimer(idleMs);
      } else timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    // A generator that hangs cannot be closed, so its ending is not awaited; its signal ends it.
    if (!hasEnded) void iterator.return?.()?.catch(() => undefined);
  }
}
